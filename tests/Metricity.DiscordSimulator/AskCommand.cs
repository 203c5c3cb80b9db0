using System.CommandLine;

namespace Metricity.DiscordSimulator;

/// <summary><c>metricity-simulator ask</c>: reads a page of <see cref="SimAdmin"/>, where there is neither a shell nor curl.</summary>
internal static class AskCommand
{
    private static readonly Argument<string> Page = new("PAGE") { Description = "For example status, truth, pause, fault/op7." };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the simulator that runs.", Required = true };
    private static readonly Option<bool> Post = new("--post") { Description = "For pages that change something." };

    public static Command Create()
    {
        var command = new Command("ask", "Prints a page of the simulator that runs on this machine; 1 when there is no answer.")
        {
            Page, Port, Post,
        };
        command.SetAction(RunAsync);

        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(
            parsed.GetValue(Post) ? HttpMethod.Post : HttpMethod.Get,
            new Uri($"http://127.0.0.1:{parsed.GetValue(Port)}/sim/{parsed.GetValue(Page)}"));
        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            answer.EnsureSuccessStatusCode();
            await using var output = Console.OpenStandardOutput();
            await answer.Content.CopyToAsync(output, cancellationToken);

            return 0;
        }
        catch (HttpRequestException error)
        {
            await Console.Error.WriteLineAsync(error.Message);

            return 1;
        }
    }
}
