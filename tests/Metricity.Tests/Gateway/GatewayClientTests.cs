using Metricity.Gateway;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Gateway;

/// <summary>The life cycle, against a server scripted frame by frame.</summary>
public sealed class GatewayClientTests
{
    private static readonly GatewayPosition Stored = new(new GatewaySession("stored", new Uri("ws://replaced.example")), 40);

    [Theory]
    [InlineData(GatewayOptions.NoCompression, "?v=10&encoding=json")]
    [InlineData(GatewayOptions.ZlibStream, "?v=10&encoding=json&compress=zlib-stream")]
    public async Task New_session_is_identified_and_its_dispatches_come_in_order(string compression, string query)
    {
        await using var gateway = await GatewayFixture.StartAsync(compression);
        var connection = await gateway.Server.AcceptAsync();
        await connection.SendHelloAsync();

        var identify = await connection.ExpectAsync(2);
        await connection.SendReadyAsync("first", gateway.ResumeUrl);
        await connection.SendDispatchAsync(2, "GUILD_CREATE", """{"id":"1"}""");
        await connection.SendDispatchAsync(3, "UNHEARD_OF", "null");

        Assert.Equal(query, connection.Query);
        Assert.Equal(GatewayFixture.Token, identify.GetProperty("token").GetString());
        Assert.Equal(515, identify.GetProperty("intents").GetInt32());
        Assert.Equal(("first", 1L, "READY"), Key(await gateway.Consumer.NextAsync()));
        Assert.Equal(new Taken("first", 2, "GUILD_CREATE", """{"id":"1"}"""), await gateway.Consumer.NextAsync());
        Assert.Equal(new Taken("first", 3, "UNHEARD_OF", "null"), await gateway.Consumer.NextAsync());
        Assert.True(gateway.Client.Status is { Connected: true, Ready: true, SessionId: "first", Identifies: 1, Resumes: 0 });
    }

    [Fact]
    public async Task Stored_position_is_resumed_at_its_address_and_replay_has_no_gap_and_no_double()
    {
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: Stored);
        var connection = await gateway.Server.AcceptAsync();

        var resume = await connection.ExpectResumeAsync();
        await connection.SendDispatchAsync(40);
        await connection.SendDispatchAsync(41);
        await connection.SendDispatchAsync(42, "RESUMED", """{"_trace":[]}""");
        await connection.SendDispatchAsync(42);
        await connection.SendDispatchAsync(43);

        Assert.Equal("/resume", connection.Path);
        Assert.Equal("?v=10&encoding=json", connection.Query);
        Assert.Equal("stored", resume.GetProperty("session_id").GetString());
        Assert.Equal(40, resume.GetProperty("seq").GetInt64());
        Assert.Equal(("stored", 41L, "MESSAGE_CREATE"), Key(await gateway.Consumer.NextAsync()));
        Assert.Equal(("stored", 42L, "RESUMED"), Key(await gateway.Consumer.NextAsync()));
        Assert.Equal(("stored", 43L, "MESSAGE_CREATE"), Key(await gateway.Consumer.NextAsync()));
        Assert.True(gateway.Client.Status is { Duplicates: 2, SequenceGaps: 0, Resumed: 1, Identifies: 0 });
        Assert.Equal(0, gateway.Directory.Asked);
    }

    [Fact]
    public async Task Resumed_that_repeats_the_last_sequence_still_makes_the_session_live()
    {
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: Stored);
        var connection = await gateway.Server.AcceptAsync();
        await connection.ExpectResumeAsync();

        await connection.SendDispatchAsync(40, "RESUMED");

        Assert.Equal(("stored", 40L, "RESUMED"), Key(await gateway.Consumer.NextAsync()));
        Assert.True(gateway.Client.Status.Ready);
    }

    [Fact]
    public async Task First_replayed_sequence_beyond_the_next_is_reported_as_a_gap_and_delivered()
    {
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: Stored);
        var connection = await gateway.Server.AcceptAsync();
        await connection.ExpectResumeAsync();

        await connection.SendDispatchAsync(45);

        Assert.Equal(45, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(1, gateway.Client.Status.SequenceGaps);
        Assert.Contains(gateway.Log.GetSnapshot(), record => record is { Level: LogLevel.Error, Id.Id: LogEvents.Gateway.SequenceGap }
            && record.Message.Contains("45", StringComparison.Ordinal) && record.Message.Contains("40", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Op_7_closes_with_a_code_that_keeps_the_session_and_resumes()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync();
        await first.SendDispatchAsync(2);
        await first.SendAsync("""{"t":null,"s":null,"op":7,"d":null}""");

        Assert.Equal(4000, await first.ClosedAsync());
        var second = await gateway.Server.AcceptAsync();
        var resume = await second.ExpectResumeAsync();

        Assert.Equal("/resume", second.Path);
        Assert.Equal(2, resume.GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Op_7_in_place_of_hello_reconnects()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.Server.AcceptAsync();
        await first.SendAsync("""{"op":7,"d":null}""");

        await gateway.GoLiveAsync();
    }

    [Fact]
    public async Task Op_9_false_on_a_live_session_makes_a_new_one_at_the_normal_address()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync("first");
        await first.SendAsync("""{"t":null,"s":null,"op":9,"d":false}""");

        var second = await gateway.Server.AcceptAsync();
        await second.AdmitAsync("second", gateway.ResumeUrl);

        Assert.Equal("/", second.Path);
        Assert.Equal(("second", 1L, "READY"), Key(await gateway.Consumer.NextAsync()));
        Assert.Equal(1, gateway.Client.Status.SessionsLost);
        Assert.NotEqual(1000, await first.ClosedAsync());
    }

    [Fact]
    public async Task Op_9_true_resumes()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync();
        await first.SendAsync("""{"op":9,"d":true}""");

        var second = await gateway.Server.AcceptAsync();

        Assert.Equal(1, (await second.ExpectResumeAsync()).GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Op_9_false_on_resume_makes_a_new_session()
    {
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: Stored);
        var first = await gateway.Server.AcceptAsync();
        await first.ExpectResumeAsync();
        await first.SendAsync("""{"op":9,"d":false}""");

        await gateway.GoLiveAsync("second");

        Assert.Equal(1, gateway.Directory.Asked);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1005)]
    [InlineData(4000)]
    [InlineData(4008)]
    [InlineData(4999)]
    public async Task Close_that_keeps_the_session_is_followed_by_resume(int code)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync();
        if (code == 1005)
        {
            first.Abort();
        }
        else
        {
            await first.CloseAsync(code);
        }

        var second = await gateway.Server.AcceptAsync();

        Assert.Equal("first", (await second.ExpectResumeAsync()).GetProperty("session_id").GetString());
    }

    [Theory]
    [InlineData(4007)]
    [InlineData(4009)]
    public async Task Close_that_ends_the_session_is_followed_by_identify(int code)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.GoLiveAsync();
        await first.CloseAsync(code);

        var second = await gateway.GoLiveAsync("second");

        Assert.Equal("/", second.Path);
    }

    [Theory]
    [InlineData(4004)]
    [InlineData(4013)]
    [InlineData(4014)]
    public async Task Refusal_ends_the_run_with_its_code_and_no_further_attempt(int code)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.Server.AcceptAsync();
        await first.SendHelloAsync();
        await first.ExpectAsync(2);
        await first.CloseAsync(code);

        var refusal = await Assert.ThrowsAsync<DiscordRefusedException>(() => gateway.Running);

        Assert.Equal(code, refusal.CloseCode);
        Assert.Equal(1, gateway.Client.Status.Connects);
    }

    [Fact]
    public async Task Dead_resume_address_falls_back_to_the_normal_one()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.Server.AcceptAsync();
        await first.AdmitAsync("first", new Uri("ws://127.0.0.1:1/"));
        await gateway.Consumer.NextAsync();
        first.Abort();

        var second = await gateway.Server.AcceptAsync();
        var resume = await second.ExpectResumeAsync();

        Assert.Equal("/", second.Path);
        Assert.Equal("first", resume.GetProperty("session_id").GetString());
        Assert.Equal(1, gateway.Client.Status.ConnectFailures);
    }

    [Fact]
    public async Task Resume_that_fails_again_and_again_is_given_up_for_a_new_session()
    {
        await using var gateway = await GatewayFixture.StartAsync(resumeFrom: Stored);
        for (var i = 0; i < 3; i++)
        {
            var attempt = await gateway.Server.AcceptAsync();
            await attempt.ExpectResumeAsync();
            attempt.Abort();
        }

        await gateway.GoLiveAsync("second");

        Assert.Equal(1, gateway.Client.Status.SessionsLost);
    }

    [Fact]
    public async Task Refused_upgrade_is_tried_again_and_named_in_the_log()
    {
        await using var gateway = await GatewayFixture.StartAsync(prepare: g => g.Server.Refuse(503, times: 3));

        await gateway.GoLiveAsync();

        Assert.Equal(3, gateway.Server.Refused);
        Assert.Equal(3, gateway.Log.GetSnapshot().Count(record =>
            record is { Level: LogLevel.Warning, Id.Id: LogEvents.Gateway.ConnectionEnded }
            && record.Message.Contains("503", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Missing_hello_is_not_waited_for_for_ever()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            change: _ => GatewayFixture.FastOptions(GatewayOptions.NoCompression, helloTimeout: TimeSpan.FromMilliseconds(200)));
        await gateway.Server.AcceptAsync();

        await gateway.Server.AcceptAsync();

        Assert.Contains(gateway.Log.GetSnapshot(), record => record.Message.Contains("no HELLO", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hello_without_a_usable_interval_reconnects()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.Server.AcceptAsync();
        await first.SendAsync("""{"op":10,"d":{}}""");

        await gateway.GoLiveAsync();
    }

    [Fact]
    public async Task Directory_that_fails_is_asked_again()
    {
        await using var gateway = await GatewayFixture.StartAsync(prepare: g => g.Directory.Answer = (n, info) =>
            n < 3 ? throw new HttpRequestException("canary: not for the log") : info);

        await gateway.GoLiveAsync();

        Assert.Equal(3, gateway.Directory.Asked);
    }

    [Fact]
    public async Task Directory_that_refuses_ends_the_run()
    {
        await using var gateway = await GatewayFixture.StartAsync(prepare: g => g.Directory.Answer = (_, _) =>
            throw new DiscordRefusedException("no"));

        await Assert.ThrowsAsync<DiscordRefusedException>(() => gateway.Running);
    }

    [Fact]
    public async Task Spent_identify_budget_is_waited_out_and_then_read_again()
    {
        var time = new WatchedTimeProvider();
        await using var gateway = await GatewayFixture.StartAsync(time: time, prepare: g => g.Directory.Answer = (n, bot) =>
            n == 1 ? bot with { SessionStarts = bot.SessionStarts with { Remaining = 0, ResetAfter = TimeSpan.FromHours(3) } } : bot);

        await time.TimerArmedAsync(TimeSpan.FromHours(3) + TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1, gateway.Directory.Asked);
        Assert.Contains(gateway.Log.GetSnapshot(), record => record.Message.Contains("03:00:00", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromHours(3) + TimeSpan.FromSeconds(1));

        await gateway.GoLiveAsync();
        Assert.Equal(2, gateway.Directory.Asked);
    }

    [Fact]
    public async Task Stop_closes_with_a_code_that_keeps_the_session_and_returns()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();

        await gateway.StopAsync();

        Assert.Equal(4000, await connection.ClosedAsync());
        Assert.True(gateway.Client.Status is { Connected: false, Ready: false });
    }

    [Fact]
    public async Task Stop_while_nobody_asks_for_more_closes_with_a_code_that_keeps_the_session_and_returns()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        gateway.Consumer.Shut();
        await connection.SendDispatchAsync(2);
        await connection.SendDispatchAsync(3);
        await gateway.Consumer.Blocked;

        await gateway.StopAsync();

        Assert.Equal(4000, await connection.ClosedAsync());
        Assert.Equal(2, gateway.Client.Status.LastSequence);
        Assert.True(gateway.Consumer.IsEmpty);
    }

    [Fact]
    public async Task Stop_while_waiting_to_reconnect_returns()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            prepare: g => g.Server.Refuse(500, times: int.MaxValue));
        await Poll(() => gateway.Server.Refused > 2);

        await gateway.StopAsync();
    }

    [Fact]
    public async Task Fault_that_coincides_with_the_stop_is_a_stop()
    {
        await using var gateway = await GatewayFixture.StartAsync(prepare: g => g.Directory.Answer = (_, _) =>
        {
            g.RequestStop();
            throw new HttpRequestException("refused");
        });

        await gateway.Running;
    }

    [Fact]
    public async Task Caller_that_leaves_the_stream_closes_the_connection_and_keeps_the_session()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        gateway.Consumer.Failure = new InvalidDataException("a bug");
        await connection.SendDispatchAsync(2);

        await Assert.ThrowsAsync<InvalidDataException>(() => gateway.Running);
        Assert.Equal(4000, await connection.ClosedAsync());
    }

    [Fact]
    public async Task Member_request_goes_out_over_the_live_connection_only()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        await Assert.ThrowsAsync<GatewayNotConnectedException>(
            async () => await gateway.Client.RequestMembersAsync(1, "n", CancellationToken.None));
        var connection = await gateway.GoLiveAsync();

        await gateway.Client.RequestMembersAsync(1100000000000000000, "sync-1", CancellationToken.None);

        var request = await connection.ExpectAsync(8);
        Assert.Equal("1100000000000000000", request.GetProperty("guild_id").GetString());
        Assert.Equal("sync-1", request.GetProperty("nonce").GetString());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await gateway.Client.RequestMembersAsync(1, new string('n', 33), CancellationToken.None));
    }

    [Fact]
    public async Task Member_request_that_waits_for_the_send_budget_fails_when_the_connection_is_lost()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        for (var i = 0; i < 109; i++)
        {
            await gateway.Client.RequestMembersAsync(1, "n", CancellationToken.None);
        }

        var waiting = gateway.Client.RequestMembersAsync(1, "n", CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        connection.Abort();

        await Assert.ThrowsAsync<GatewayNotConnectedException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private static (string Session, long Sequence, string Type) Key(Taken taken)
    {
        return (taken.Session, taken.Sequence, taken.Type);
    }

    private static async Task Poll(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(5, guard.Token);
        }
    }
}
