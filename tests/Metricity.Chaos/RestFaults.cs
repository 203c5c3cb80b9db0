using Metricity.DiscordSimulator;

namespace Metricity.Chaos;

/// <summary>What Discord's REST interface can answer. Each waits for a request to meet; one that meets none is taken back, not counted.</summary>
internal static class RestFaults
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<Fault> All { get; } =
    [
        .. new[] { "user", "shared", "global" }.Select(scope => Meets($"REST 429 {scope}", (rest, random) => Limit(rest, scope, random))),
        Rarely(Meets("REST 429 cloudflare", (rest, random) => Limit(rest, "cloudflare", random))),
        .. new[] { 500, 502, 503, 520 }.Select(status => Meets($"REST {status}", (rest, random) => rest.Fail(null, status, 1 + random.Next(3)))),
        Meets("REST 502 as HTML", (rest, random) => rest.FailWithHtml(null, 502, 1 + random.Next(2))),
        Meets("REST JSON truncated", (rest, _) => rest.TruncateJson()),
        Meets("REST connection dropped", (rest, _) => rest.ResetConnection()),
        Meets("REST cut in mid-body", (rest, _) => rest.ResetConnection(midBody: true)),
        Meets("REST body slow", (rest, random) => rest.SlowBody(TimeSpan.FromSeconds(random.NextDouble() * 3))),
    ];

    private static void Limit(SimRest rest, string scope, Random random) =>
        rest.RateLimitNext(scope, TimeSpan.FromSeconds(0.2 + random.NextDouble()), times: 1 + random.Next(2));

    /// <summary>After it a client asks nothing for two minutes and more, so that the other faults would meet nobody.</summary>
    private static Fault Rarely(Fault fault) => fault with
    {
        FallAsync = (bed, random, stop) => random.Next(6) == 0 ? fault.FallAsync(bed, random, stop) : Task.FromResult(false),
    };

    private static Fault Meets(string name, Action<SimRest, Random> arm) => new(Lane.Rest, name, 1, async (bed, random, stop) =>
    {
        var rest = bed.Simulator.Rest;
        arm(rest, random);
        var armed = rest.PendingFaults;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        while (rest.PendingFaults > 0 && !patience.IsCancellationRequested)
        {
            await Bed.PauseAsync(TimeSpan.FromMilliseconds(50), patience.Token);
        }

        var met = rest.PendingFaults < armed;
        rest.ClearFaults();

        return met;
    });
}
