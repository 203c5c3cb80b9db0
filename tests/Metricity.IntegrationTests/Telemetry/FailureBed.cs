using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Collect;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>A collector for all failures that leave it as it was.</summary>
public sealed class FailureBed : IAsyncLifetime
{
    /// <summary>A connection that has lived as long begins the backoff anew, so that a test does not wait for those before it.</summary>
    internal static readonly TimeSpan Stable = TimeSpan.FromSeconds(11);

    private CollectorHarness? _run;

    internal CollectorHarness Run => _run!;

    internal static SimulatorOptions Options(TimeProvider time) => new()
    {
        TimeProvider = time,
        IdentifyWindow = TimeSpan.Zero,
        MemberRequestWindow = TimeSpan.Zero,
        ReplayBufferSize = 100_000,
        SessionTtl = TimeSpan.FromHours(24),
        RateLimits = false,
    };

    public async ValueTask InitializeAsync()
    {
        _run = await CollectorHarness.StartAsync(options: Options);
        for (var i = 0; i < 5; i++)
        {
            _run.Guild.PostMessage(_run.General);
        }

        await _run.WaitUntilCommittedAsync();
    }

    public async ValueTask DisposeAsync() => await _run!.DisposeAsync();
}
