using System.Net.WebSockets;
using System.Text.Json;
using Metricity.Gateway;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests.Gateway;

/// <summary>Heartbeats through a socket.</summary>
public sealed class GatewayHeartbeatTests
{
    [Fact]
    public async Task Heartbeats_carry_null_before_the_first_commit_and_then_the_committed_sequence()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Client.Committed = new GatewayPosition(new GatewaySession("older", gateway.ResumeUrl), 900);
        var connection = await gateway.GoLiveAsync();
        await connection.SendDispatchAsync(2);
        await connection.SendDispatchAsync(3);
        await gateway.Consumer.NextAsync();
        await gateway.Consumer.NextAsync();

        await connection.SendAsync("""{"op":1,"d":null}""");
        Assert.Equal(JsonValueKind.Null, (await connection.ExpectAsync(1)).ValueKind);
        gateway.Client.Committed = new GatewayPosition(new GatewaySession("first", gateway.ResumeUrl), 2);
        await connection.SendAsync("""{"op":1,"d":null}""");
        Assert.Equal(2, (await connection.ExpectAsync(1)).GetInt64());
    }

    [Fact]
    public async Task Resumed_session_beats_with_the_stored_sequence()
    {
        var stored = new GatewayPosition(new GatewaySession("stored", new Uri("ws://replaced.example")), 40);
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: stored);
        var connection = await gateway.Server.AcceptAsync();
        await connection.ExpectResumeAsync();
        await connection.SendDispatchAsync(41);
        await gateway.Consumer.NextAsync();

        await connection.SendAsync("""{"op":1}""");

        Assert.Equal(40, (await connection.ExpectAsync(1)).GetInt64());
    }

    [Fact]
    public async Task First_beat_comes_within_the_interval_and_the_others_keep_to_it()
    {
        var time = new FakeTimeProvider();
        await using var gateway = await GatewayFixture.StartAsync(time: time);
        var connection = await gateway.GoLiveAsync(intervalMilliseconds: 40_000);

        time.Advance(TimeSpan.FromSeconds(40));
        await connection.ExpectAsync(1);
        await connection.SendAsync("""{"op":11}""");
        await Until(() => gateway.Client.Status.Acknowledged == 1);
        time.Advance(TimeSpan.FromSeconds(40));
        await connection.ExpectAsync(1);

        Assert.NotNull(gateway.Client.Status.HeartbeatRoundTrip);
    }

    [Fact]
    public async Task Dead_silence_is_a_zombie_and_is_resumed()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync(intervalMilliseconds: 100);

        Assert.Equal(4000, await first.ClosedAsync());
        var second = await gateway.Server.AcceptAsync();
        await second.ExpectResumeAsync();

        Assert.Equal(1, gateway.Client.Status.Zombies);
    }

    [Fact]
    public async Task Events_without_acknowledgements_are_a_zombie_in_the_end()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync(intervalMilliseconds: 400);
        var second = gateway.Server.AcceptAsync();
        for (var sequence = 2; !second.IsCompleted; sequence++)
        {
            try
            {
                await first.SendDispatchAsync(sequence);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                break;
            }

            await Task.WhenAny(second, Task.Delay(20));
        }

        await (await second).ExpectResumeAsync();

        Assert.Equal(1, gateway.Client.Status.Zombies);
        Assert.True(gateway.Client.Status.Heartbeats >= HeartbeatMonitor.MissesWhileDataFlows);
    }

    [Fact]
    public async Task Heartbeats_go_on_while_nobody_asks_for_more_and_unread_acknowledgements_are_no_zombie()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync(intervalMilliseconds: 250, acknowledges: true);
        gateway.Consumer.Shut();
        await connection.SendDispatchAsync(2);
        await gateway.Consumer.Blocked;

        var before = gateway.Client.Status.Acknowledged;
        for (var i = 0; i < HeartbeatMonitor.MissesWhileDataFlows + 3; i++)
        {
            await connection.ExpectAsync(1);
        }

        Assert.Equal(before, gateway.Client.Status.Acknowledged);
        await connection.SendDispatchAsync(3);
        gateway.Consumer.Open();

        Assert.Equal(2, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.True(gateway.Client.Status is { Zombies: 0, Connects: 1 });
    }

    [Fact]
    public async Task Connection_lost_while_nobody_asks_for_more_is_resumed_at_once_from_what_was_given()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync(intervalMilliseconds: 250, acknowledges: true);
        gateway.Consumer.Shut();
        await first.SendDispatchAsync(2, data: "\"held meanwhile\"");
        await gateway.Consumer.Blocked;
        first.Abort();

        var second = await gateway.Server.AcceptAsync();
        Assert.Equal(2, (await second.ExpectResumeAsync()).GetProperty("seq").GetInt64());
        await second.SendDispatchAsync(3);
        await second.SendDispatchAsync(4, "RESUMED");
        gateway.Consumer.Open();

        Assert.Equal(new Taken("first", 2, "MESSAGE_CREATE", "\"held meanwhile\""), await gateway.Consumer.NextAsync());
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(4, (await gateway.Consumer.NextAsync()).Sequence);
    }

    [Fact]
    public async Task Connection_that_is_lost_again_before_anybody_asked_is_resumed_again()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync(intervalMilliseconds: 250, acknowledges: true);
        gateway.Consumer.Shut();
        await first.SendDispatchAsync(2);
        await gateway.Consumer.Blocked;
        first.Abort();
        var second = await gateway.Server.AcceptAsync();
        await second.ExpectResumeAsync(intervalMilliseconds: 250);
        await second.SendDispatchAsync(3);
        second.Abort();

        var third = await gateway.Server.AcceptAsync();
        Assert.Equal(2, (await third.ExpectResumeAsync()).GetProperty("seq").GetInt64());
        await third.SendDispatchAsync(3);
        await third.SendDispatchAsync(4, "RESUMED");
        gateway.Consumer.Open();

        Assert.Equal(2, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(4, (await gateway.Consumer.NextAsync()).Sequence);
    }

    [Fact]
    public async Task Session_that_is_lost_while_nobody_asks_for_more_is_replaced_at_once()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync(intervalMilliseconds: 250, acknowledges: true);
        gateway.Consumer.Shut();
        await first.SendDispatchAsync(2);
        await gateway.Consumer.Blocked;
        first.Abort();
        var second = await gateway.Server.AcceptAsync();
        await second.ExpectResumeAsync();
        await second.SendAsync("""{"op":9,"d":false}""");

        var third = await gateway.Server.AcceptAsync();
        await third.AdmitAsync("second", gateway.ResumeUrl);
        gateway.Consumer.Open();

        Assert.Equal(("first", 2L), Key(await gateway.Consumer.NextAsync()));
        Assert.Equal(("second", 1L), Key(await gateway.Consumer.NextAsync()));
    }

    [Fact]
    public async Task Flood_of_requested_heartbeats_stays_within_the_send_budget()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        for (var i = 0; i < 300; i++)
        {
            await connection.SendAsync("""{"op":1}""");
        }

        await connection.SendDispatchAsync(2);
        await gateway.Consumer.NextAsync();

        // IDENTIFY took one of the 110; at most one scheduled beat may have come in between.
        Assert.InRange(gateway.Client.Status.Heartbeats, 109, 110);
    }

    private static (string Session, long Sequence) Key(Taken taken) => (taken.Session, taken.Sequence);

    private static async Task Until(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(5, guard.Token);
        }
    }
}
