using System.Net;
using Metricity.Hosting;

namespace Metricity.Cli;

/// <summary>
/// <c>metricity healthcheck</c>: asks the collector that runs with the same settings on this machine how it is. For containers that have
/// neither a shell nor curl.
/// </summary>
internal static class HealthcheckCommand
{
    /// <summary>The answer comes from memory: who needs longer is not well.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <param name="ready">Ask whether it collects or stands by, not only whether its loops turn.</param>
    public static async Task<int> RunAsync(CommandContext context, bool ready, CancellationToken cancellationToken)
    {
        if (context.ReadSettings(SettingsNeeds.None).Http.Health is not { } url)
        {
            throw new SettingsException(
                ["Http:Url is empty, so the collector gives no health answers. Set it, for example to http://127.0.0.1:8080."]);
        }

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Limit };
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(url, ready ? HttpEndpoint.ReadyPath : HttpEndpoint.LivePath));
        request.Headers.Add("Accept", "text/plain");
        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            await context.Out.WriteAsync(await answer.Content.ReadAsStringAsync(cancellationToken));

            return answer.StatusCode == HttpStatusCode.OK ? ExitCode.Done : ExitCode.Failed;
        }
        catch (HttpRequestException)
        {
            await context.Out.WriteLineAsync($"FAIL  Nothing answers at {url.Authority} (Http:Url): the collector does not run there.");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await context.Out.WriteLineAsync($"FAIL  No answer from {url.Authority} (Http:Url) within {Limit.TotalSeconds:0} s.");
        }

        return ExitCode.Failed;
    }

    /// <summary>An address that stands for all of the machine's is asked on the loopback.</summary>
    private static Uri Address(Uri url, string path) => new UriBuilder(url)
    {
        Path = path,
        Host = url.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            var host => host,
        },
    }.Uri;
}
