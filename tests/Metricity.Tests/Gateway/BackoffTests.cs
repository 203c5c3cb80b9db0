using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(60);

    [Fact]
    public void Waits_double_up_to_the_cap()
    {
        var waits = Enumerable.Range(1, 9).Select(failures => Backoff.Exponential(First, Max, failures).TotalSeconds);

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
    }

    [Fact]
    public void Waits_with_jitter_are_at_least_half_of_those_without_and_the_first_may_be_none()
    {
        var random = new Random(1);

        for (var round = 0; round < 100; round++)
        {
            Assert.InRange(Backoff.Jittered(First, Max, 0, random), TimeSpan.Zero, First);
            foreach (var (failures, full) in new[] { (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60) })
            {
                Assert.InRange(Backoff.Jittered(First, Max, failures, random).TotalSeconds, full * 0.5, full);
            }
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void Failures_without_end_do_not_overflow(int failures)
    {
        Assert.Equal(Max, Backoff.Exponential(First, Max, failures));
        Assert.Equal(TimeSpan.FromDays(365), Backoff.Exponential(TimeSpan.FromDays(1), TimeSpan.FromDays(365), failures));
    }
}
