using Metricity.IntegrationTests.Collect;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>
/// Each failure moves the health answer and the metric that <c>docs/operations.md</c> names for it. Failures that leave the collector as
/// it was run one after another on one collector.
/// </summary>
public sealed class FailureTableTests(FailureBed bed) : IClassFixture<FailureBed>
{
    private static readonly IReadOnlyDictionary<string, FailureTable> Table = FailureTable.Read();

    public static TheoryData<string> Failures => [.. Table.Keys];

    [Fact]
    public void Page_and_test_know_the_same_failures()
    {
        Assert.Equal(Failure.All.Keys.Order(StringComparer.Ordinal), Table.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_moves_what_the_page_says(string name)
    {
        var failure = Failure.All[name];
        await using var own = failure.Arrange is null ? null : await failure.Arrange();
        var run = own ?? bed.Run;
        await WaitAsync(run, () => Unhealthy(run), "ready before");
        run.Time.Skip(FailureBed.Stable);
        var before = Readings.Of(run.Collector);

        var observed = await failure.Cause(run);
        await WaitAsync(run, () => Table[name].Missing(before, observed), "the failure shows");

        await failure.Mend(run);
        await WaitAsync(run, () => failure.IsTheEnd ? "" : Unhealthy(run), "ready again");
    }

    private static string Unhealthy(CollectorHarness run) =>
        string.Join(' ', run.Collector.Health.Ready().Checks.Where(check => !check.IsHealthy).Select(check => check.Reason));

    /// <param name="missing">What is still to come; empty when all is well.</param>
    private static async Task WaitAsync(CollectorHarness run, Func<string> missing, string what)
    {
        var last = "";
        try
        {
            await run.PassTimeUntilAsync(() => (last = missing()).Length == 0, what);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what}: {last}\n{string.Join('\n', run.Log.GetSnapshot().TakeLast(10).Select(record => record.Message))}");
        }
    }
}
