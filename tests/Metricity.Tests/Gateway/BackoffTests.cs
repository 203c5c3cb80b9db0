using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class BackoffTests
{
    private static readonly TimeSpan Base = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(60);

    [Fact]
    public void Waits_double_with_jitter_up_to_the_cap()
    {
        var backoff = new Backoff(Base, Max, new Random(1));

        Assert.InRange(backoff.Next(), TimeSpan.Zero, Base);
        foreach (var full in new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 })
        {
            Assert.InRange(backoff.Next().TotalSeconds, full * 0.5, full);
        }
    }

    [Fact]
    public void Thousand_failures_in_a_row_do_not_overflow()
    {
        var backoff = new Backoff(Base, Max, new Random(1));
        var last = TimeSpan.Zero;
        for (var i = 0; i < 1000; i++)
        {
            last = backoff.Next();
        }

        Assert.InRange(last, TimeSpan.FromSeconds(30), Max);
    }

    [Fact]
    public void Reset_starts_anew()
    {
        var backoff = new Backoff(Base, Max, new Random(1));
        for (var i = 0; i < 5; i++)
        {
            backoff.Next();
        }

        backoff.Reset();

        Assert.InRange(backoff.Next(), TimeSpan.Zero, Base);
    }
}
