using Metricity.DiscordSimulator;

namespace Metricity.Benchmarks.Load;

/// <summary>The Discord simulator with one large guild in which nothing happens.</summary>
internal static class GuildServer
{
    public const string Verb = "serve-guild";

    /// <summary>Options: <c>--categories</c>, <c>--channels</c>, <c>--threads</c>, <c>--members</c>.</summary>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        // The windows are off so that the second session need not wait for them; they limit requests, not speed.
        await using var simulator = await Simulator.StartAsync(
            new SimulatorOptions { IdentifyWindow = TimeSpan.Zero, MemberRequestWindow = TimeSpan.Zero });
        var guild = simulator.World.AddGuild("Large");
        guild.AddRole("staff");
        guild.Populate(
            arguments.Number("categories", 20),
            arguments.Number("channels", 500),
            arguments.Number("threads", 2_000),
            arguments.Number("members", 100_000));
        await ChildProcess.ServeAsync(simulator.ApiBaseUrl.Port);

        return 0;
    }
}
