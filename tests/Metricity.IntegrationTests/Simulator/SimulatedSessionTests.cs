using System.Net.WebSockets;
using System.Text;
using Metricity.DiscordSimulator;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.IntegrationTests.SimulatorTests;

/// <summary>RESUME, invalid sessions, close codes, limits.</summary>
public sealed class SimulatedSessionTests : IAsyncLifetime
{
    private Simulator _sim = null!;
    private SimGuild _guild = null!;
    private SimChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _sim = await Simulator.StartAsync(new SimulatorOptions { IdentifyWindow = TimeSpan.Zero, ReplayBufferSize = 10 });
        _guild = _sim.World.AddGuild();
        _channel = _guild.AddChannel();
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_sim.Gateway.Failures);
        await _sim.DisposeAsync();
    }

    [Fact]
    public async Task Resume_replays_what_was_missed_and_ends_with_RESUMED()
    {
        using var first = await LiveAsync();
        await _sim.Gateway.AbortAllAsync();
        var missed = Enumerable.Range(0, 5).Select(_ => _guild.PostMessage(_channel).Id.ToString()).ToArray();

        using var second = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await second.ResumeAsync(first.SessionId, first.Sequence);
        var replayed = new List<string?>();
        for (var i = 0; i < 5; i++)
        {
            replayed.Add((await second.DispatchAsync("MESSAGE_CREATE")).GetProperty("id").GetString());
        }

        await second.DispatchAsync("RESUMED");

        Assert.Equal(missed, replayed);
        Assert.Equal(first.Sequence + 6, second.Sequence);
        Assert.Equal(1, _sim.Gateway.ResumedCount);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task Resume_works_up_to_the_last_event_of_the_buffer(int missed, bool invalid)
    {
        using var first = await LiveAsync();
        await _sim.Gateway.AbortAllAsync();
        for (var i = 0; i < missed; i++)
        {
            _guild.PostMessage(_channel);
        }

        using var second = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await second.ResumeAsync(first.SessionId, first.Sequence);
        var answer = await second.ReceiveAsync();

        Assert.Equal(invalid ? 9 : 0, answer.GetProperty("op").GetInt32());
        if (invalid)
        {
            Assert.False(answer.GetProperty("d").GetBoolean());
        }
    }

    [Fact]
    public async Task Resume_from_the_future_is_closed_with_4007()
    {
        using var first = await LiveAsync();
        await _sim.Gateway.AbortAllAsync();

        using var second = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await second.ResumeAsync(first.SessionId, first.Sequence + 1);

        Assert.Equal(4007, await second.CloseCodeAsync());
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, false)]
    [InlineData(4000, true)]
    public async Task Close_code_of_the_client_decides_over_the_session(int code, bool lives)
    {
        using var first = await LiveAsync();
        await first.Socket.CloseAsync((WebSocketCloseStatus)code, "", CancellationToken.None);
        await _sim.Gateway.WaitForDisconnectAsync();

        using var second = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await second.ResumeAsync(first.SessionId, first.Sequence);
        var answer = await second.ReceiveAsync();

        Assert.Equal(lives ? 0 : 9, answer.GetProperty("op").GetInt32());
        Assert.Equal(code, _sim.Gateway.LastClientCloseCode);
    }

    [Fact]
    public async Task Op_9_lets_the_client_identify_on_the_same_connection()
    {
        using var client = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await client.ResumeAsync("unknown", 5);
        await client.ExpectAsync(9);

        await client.SendAsync(new { op = 2, d = new { token = "sim-token", intents = 515, properties = new { } } });

        await client.DispatchAsync("READY");
    }

    [Theory]
    [InlineData("wrong", 515, 4004)]
    [InlineData("sim-token", 515 + (1 << 17), 4013)]
    [InlineData("sim-token", 515 + 32768, 4014)]
    public async Task Identify_that_is_refused_gets_its_close_code(string token, int intents, int code)
    {
        using var client = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await client.ExpectAsync(10);
        await client.SendAsync(new { op = 2, d = new { token, intents, properties = new { } } });

        Assert.Equal(code, await client.CloseCodeAsync());
    }

    [Theory]
    [InlineData("{\"op\":8,\"d\":{}}", 4003)]
    [InlineData("{\"op\":1,", 4002)]
    [InlineData("{\"op\":77,\"d\":null}", 4003)]
    public async Task Nonsense_before_identify_is_closed(string payload, int code)
    {
        using var client = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await client.ExpectAsync(10);
        await client.Socket.SendAsync(Encoding.UTF8.GetBytes(payload), WebSocketMessageType.Text, true, CancellationToken.None);

        Assert.Equal(code, await client.CloseCodeAsync());
    }

    [Fact]
    public async Task Too_long_and_too_many_payloads_are_closed()
    {
        using var talker = await LiveAsync();
        for (var i = 0; i < 121; i++)
        {
            await talker.SendAsync(new { op = 1, d = (int?)null });
        }

        using var shouter = await LiveAsync();
        await shouter.SendAsync(new { op = 1, d = new string('x', 4100) });

        Assert.Equal(4008, await talker.CloseCodeAsync());
        Assert.Equal(4002, await shouter.CloseCodeAsync());
    }

    [Fact]
    public async Task Second_identify_within_the_window_gets_op_9()
    {
        await using var strict = await Simulator.StartAsync();
        using var first = await RawClient.ConnectAsync(strict.GatewayUrl);
        await first.IdentifyAsync();

        using var second = await RawClient.ConnectAsync(strict.GatewayUrl);
        await second.ExpectAsync(10);
        await second.SendAsync(new { op = 2, d = new { token = "sim-token", intents = 515, properties = new { } } });

        Assert.False((await second.ExpectAsync(9)).GetBoolean());
    }

    [Fact]
    public async Task Heartbeats_are_acknowledged_and_recorded_until_told_otherwise()
    {
        using var client = await LiveAsync();

        await client.SendAsync(new { op = 1, d = 2 });
        await client.ExpectAsync(11);
        _sim.Gateway.AckHeartbeats = false;
        await client.SendAsync(new { op = 1, d = 2 });
        _sim.Gateway.RequestHeartbeat();
        await client.ExpectAsync(1);

        await _sim.Gateway.WaitAsync(() => _sim.Gateway.Heartbeats.Count == 2, "two heartbeats");
        Assert.All(_sim.Gateway.Heartbeats, beat => Assert.Equal(2, beat.Sequence));
    }

    [Fact]
    public async Task Client_that_does_not_beat_is_closed_and_may_resume()
    {
        var limit = TimeSpan.FromSeconds(41.25 * 1.5);
        var clock = new FakeTimeProvider();
        await using var sim = await Simulator.StartAsync(new SimulatorOptions { TimeProvider = clock });
        using var client = await RawClient.ConnectAsync(sim.GatewayUrl);
        await client.IdentifyAsync();

        clock.Advance(limit - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, sim.Gateway.MissedHeartbeats);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(4000, await client.CloseCodeAsync());
        Assert.Equal(1, sim.Gateway.MissedHeartbeats);
        Assert.False(sim.Gateway.Session!.Dead);
    }

    [Fact]
    public async Task Faults_come_out_as_they_were_asked_for()
    {
        using var closed = await LiveAsync();
        var closing = _sim.Gateway.CloseAllAsync(4009, "gone");
        Assert.Equal(4009, await closed.CloseCodeAsync());
        await closed.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        await closing;
        Assert.Empty(_sim.Gateway.Sessions);

        using var torn = await LiveAsync();
        await _sim.Gateway.AbortMidFrameAsync();
        await Assert.ThrowsAsync<WebSocketException>(torn.ReceiveAsync);

        using var codeless = await LiveAsync();
        var withoutCode = _sim.Gateway.CloseWithoutCodeAsync();
        Assert.Equal(1000, await codeless.CloseCodeAsync()); // what .NET makes of a close frame without a code
        codeless.Socket.Abort();
        await withoutCode;

        _sim.Gateway.RefuseUpgrade(503);
        await Assert.ThrowsAsync<WebSocketException>(() => RawClient.ConnectAsync(_sim.GatewayUrl));
        _sim.Gateway.ReconnectInsteadOfHello();
        using var seven = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await seven.ExpectAsync(7);
    }

    [Fact]
    public async Task Numbers_can_be_repeated_skipped_and_delayed()
    {
        using var client = await LiveAsync();

        _sim.Gateway.SendDispatch("ODD", "{\"x\":1}");
        _sim.Gateway.DuplicateLast();
        _sim.Gateway.SkipSequence(3);
        _sim.Gateway.PauseDelivery();
        _sim.Gateway.SendDispatch("ODD", "{\"x\":2}");
        await client.SendAsync(new { op = 1, d = 1 });

        Assert.Equal(3, (await client.ReceiveAsync()).GetProperty("s").GetInt64());
        Assert.Equal(3, (await client.ReceiveAsync()).GetProperty("s").GetInt64());
        await client.ExpectAsync(11);
        _sim.Gateway.ResumeDelivery();
        Assert.Equal(7, (await client.ReceiveAsync()).GetProperty("s").GetInt64());
    }

    [Fact]
    public async Task Replay_can_be_interrupted_and_taken_up_again()
    {
        using var first = await LiveAsync();
        await _sim.Gateway.AbortAllAsync();
        _guild.PostMessage(_channel);
        _guild.PostMessage(_channel);
        _sim.Gateway.DuringReplay(SimReply.Abort);

        using var second = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await second.ResumeAsync(first.SessionId, first.Sequence);
        await second.DispatchAsync("MESSAGE_CREATE");
        await Assert.ThrowsAsync<WebSocketException>(second.ReceiveAsync);
        _sim.Gateway.DuringReplay(SimReply.Reconnect);
        using var third = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await third.ResumeAsync(first.SessionId, first.Sequence);

        await third.DispatchAsync("MESSAGE_CREATE");
        await third.ExpectAsync(7);
        await third.DispatchAsync("MESSAGE_CREATE");
        await third.DispatchAsync("RESUMED");
        Assert.Equal(2, _sim.Gateway.ResumeCount);
        Assert.Equal(1, _sim.Gateway.ResumedCount);
    }

    [Fact]
    public async Task Broken_zlib_is_noticed_and_the_session_goes_on()
    {
        using var torn = await LiveAsync(zlib: true);
        await _sim.Gateway.AbortMidPayloadAsync();
        await Assert.ThrowsAsync<WebSocketException>(torn.ReceiveAsync);

        using var corrupted = await RawClient.ConnectAsync(_sim.GatewayUrl, zlib: true);
        await corrupted.ResumeAsync(torn.SessionId, torn.Sequence);
        await corrupted.DispatchAsync("RESUMED");
        _sim.Gateway.CorruptNextPayload();
        _guild.PostMessage(_channel);
        await Assert.ThrowsAsync<InvalidDataException>(corrupted.ReceiveAsync);
        corrupted.Socket.Abort();

        using var healed = await RawClient.ConnectAsync(_sim.GatewayUrl, zlib: true);
        await healed.ResumeAsync(torn.SessionId, corrupted.Sequence);
        await healed.DispatchAsync("MESSAGE_CREATE");
        await healed.DispatchAsync("RESUMED");
    }

    [Fact]
    public async Task Client_that_does_not_read_holds_up_nobody()
    {
        using var idle = await LiveAsync();
        using var reader = await LiveAsync();

        _sim.Gateway.SendBigPayload(20_000_000);
        var id = _guild.PostMessage(_channel).Id.ToString();

        await reader.DispatchAsync("SIM_BIG");
        Assert.Equal(id, (await reader.DispatchAsync("MESSAGE_CREATE")).GetProperty("id").GetString());
        await _sim.Gateway.WaitAsync(() => _sim.Gateway.Connections[0].DispatchesWritten < _sim.Gateway.Connections[1].DispatchesWritten, "a gap");
    }

    [Fact]
    public async Task Payload_compression_mixes_text_and_binary()
    {
        using var client = await RawClient.ConnectAsync(_sim.GatewayUrl);

        await client.IdentifyAsync(compress: true);
        await client.DispatchAsync("GUILD_CREATE");

        Assert.InRange(client.BinaryMessages, 1, client.Messages - 1);
    }

    private async Task<RawClient> LiveAsync(bool zlib = false)
    {
        var client = await RawClient.ConnectAsync(_sim.GatewayUrl, zlib);
        await client.IdentifyAsync();
        await client.DispatchAsync("GUILD_CREATE");
        return client;
    }
}
