using Metricity.Gateway;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests.Gateway;

public sealed class SendBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Ordinary_sends_stop_at_110_in_a_minute_and_heartbeats_use_the_reserve()
    {
        var budget = new SendBudget(_time);
        for (var i = 0; i < 110; i++)
        {
            Assert.True(budget.TryTake(scheduledHeartbeat: false, out _));
        }

        Assert.False(budget.TryTake(scheduledHeartbeat: false, out var wait));
        Assert.InRange(wait, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
        for (var i = 0; i < 10; i++)
        {
            Assert.True(budget.TryTake(scheduledHeartbeat: true, out _));
        }

        Assert.False(budget.TryTake(scheduledHeartbeat: true, out _));
    }

    [Fact]
    public void Window_slides()
    {
        var budget = new SendBudget(_time);
        for (var i = 0; i < 110; i++)
        {
            budget.TryTake(scheduledHeartbeat: false, out _);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.False(budget.TryTake(scheduledHeartbeat: false, out var wait));
        _time.Advance(wait);
        Assert.True(budget.TryTake(scheduledHeartbeat: false, out _));
        Assert.False(budget.TryTake(scheduledHeartbeat: false, out _));
    }

    [Fact]
    public void Told_wait_is_right_while_the_reserve_is_in_use()
    {
        var budget = new SendBudget(_time);
        for (var i = 0; i < 120; i++)
        {
            budget.TryTake(scheduledHeartbeat: true, out _);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.False(budget.TryTake(scheduledHeartbeat: false, out var wait));
        _time.Advance(wait);

        Assert.True(budget.TryTake(scheduledHeartbeat: false, out _));
    }

    [Fact]
    public async Task Waiting_send_goes_on_when_the_window_has_room()
    {
        var budget = new SendBudget(_time);
        while (budget.TryTake(scheduledHeartbeat: false, out _))
        {
        }

        var waiting = budget.TakeAsync(scheduledHeartbeat: false, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(61));

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
