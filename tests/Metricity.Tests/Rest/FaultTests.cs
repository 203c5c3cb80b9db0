using System.Net;
using System.Text;
using Metricity.Rest;
using Metricity.Testing;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Rest;

public sealed class FaultTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScriptedDiscord _discord = new();

    [Fact]
    public async Task Limited_request_waits_as_the_body_says_which_is_finer_than_the_header()
    {
        _discord
            .Then(429, """{"message":"You are being rate limited.","retry_after":1.25,"global":false}""",
                ("Retry-After", "2"), ("X-RateLimit-Scope", "user"), ("Via", "1.1 google"))
            .Then(200, "[]");
        var client = _discord.Client();

        await RunAsync(client);

        Assert.Equal(Seconds(0, 1.25), _discord.Times);
        Assert.Equal(1, client.Status.RateLimits["user"]);
        Assert.Equal(0, client.Status.Retries);
    }

    [Fact]
    public async Task Limit_below_the_bucket_waits_although_the_bucket_has_requests_left()
    {
        _discord
            .Then(429, """{"message":"x","retry_after":3}""", ScriptedDiscord.Limits("b", 5, 4, 0.5))
            .Then(200, "[]", ScriptedDiscord.Limits("b", 5, 4, 0.5));

        await RunAsync(_discord.Client());

        Assert.Equal(Seconds(0, 3), _discord.Times);
    }

    [Fact]
    public async Task Global_limit_holds_every_route_back()
    {
        var held = new TaskCompletionSource<HttpResponseMessage>();
        _discord.Then(_ => held.Task).Then(200, "[]");
        var client = _discord.Client();

        var limited = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        held.SetResult(ScriptedDiscord.Answer(
            429, """{"message":"x","retry_after":6.5,"global":true}""", ("X-RateLimit-Global", "true"), ("X-RateLimit-Scope", "global")));
        await _discord.Log.WaitForAsync(record => record.Id.Id == LogEvents.Rest.RateLimited);
        var other = client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, None);
        await _discord.Time.RunAsync(limited);
        await _discord.Time.RunAsync(other);

        Assert.Equal(Seconds(0, 6.5, 6.5), _discord.Times);
        Assert.Equal(1, client.Status.RateLimits["global"]);
    }

    [Theory]
    [InlineData("""{"message":"x","retry_after":5}""", 5)]
    [InlineData("""{"message":"x","retry_after":5,"global":true}""", 5)]
    [InlineData("error code: 1015", 120)]
    public async Task Waiter_does_not_slip_through_between_a_limited_answer_and_its_pause(string body, int seconds)
    {
        var held = new TaskCompletionSource<HttpResponseMessage>();
        _discord.Then(_ => held.Task).Then(200, "[]");
        var client = _discord.Client();

        var limited = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        var waiting = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        held.SetResult(ScriptedDiscord.Answer(429, body));
        await _discord.Time.RunAsync(Task.WhenAll(limited, waiting));

        Assert.Equal(Seconds(0, seconds, seconds), _discord.Times);
    }

    [Fact]
    public async Task Limit_on_one_route_leaves_the_others_alone()
    {
        _discord
            .Then(429, """{"message":"x","retry_after":60}""", ("X-RateLimit-Scope", "user"))
            .Then(200, "[]");
        var client = _discord.Client();

        var limited = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        await _discord.Log.WaitForAsync(record => record.Id.Id == LogEvents.Rest.RateLimited);
        await client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, None);
        await _discord.Time.RunAsync(limited);

        Assert.Equal(Seconds(0, 0, 60), _discord.Times);
    }

    [Fact]
    public async Task Block_by_the_edge_network_pauses_for_minutes_and_longer_each_time()
    {
        _discord
            .Then(429, "<html>error code: 1015</html>")
            .Then(429, "error code: 1015")
            .Then(429, "", ("Retry-After", "1000"))
            .Then(200, "[]")
            .Then(429, "error code: 1015")
            .Then(200, "[]");
        var client = _discord.Client();

        await RunAsync(client);
        await RunAsync(client);

        Assert.Equal(Seconds(0, 120, 360, 1360, 1360, 1480), _discord.Times);
        Assert.Equal(4, client.Status.RateLimits["edge"]);
        Assert.Equal(4, _discord.Log.GetSnapshot().Count(record => record.Level == LogLevel.Error));
    }

    [Fact]
    public async Task Endless_limiting_ends_in_unavailable()
    {
        _discord.Then(429, """{"message":"x","retry_after":1}""", ("X-RateLimit-Scope", "shared"));

        var error = await Assert.ThrowsAsync<DiscordUnavailableException>(() => RunAsync(_discord.Client()));

        Assert.Contains("rate limited 10 times", error.Message, StringComparison.Ordinal);
        Assert.Equal(10, _discord.Requests.Count);
    }

    [Fact]
    public async Task Too_many_invalid_requests_stop_all_until_the_window_frees()
    {
        _discord
            .Then(403, """{"message":"Missing Access","code":50001}""")
            .Then(403, """{"message":"Missing Access","code":50001}""")
            .Then(429, """{"message":"x","retry_after":4}""", ("X-RateLimit-Scope", "user"))
            .Then(200, "[]");
        var client = _discord.Client(o => new() { Token = o.Token, BaseUrl = o.BaseUrl, InvalidRequestLimit = 3 });

        await Assert.ThrowsAsync<DiscordRestException>(() => RunAsync(client));
        await Assert.ThrowsAsync<DiscordRestException>(() => RunAsync(client));
        await RunAsync(client);

        Assert.Equal(Seconds(0, 0, 0, 600), _discord.Times);
        var stop = Assert.Single(_discord.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Rest.InvalidRequestStop);
        Assert.Equal(LogLevel.Error, stop.Level);
    }

    [Fact]
    public async Task Shared_limit_is_no_invalid_request_of_ours()
    {
        _discord
            .Then(429, """{"message":"x","retry_after":4}""", ("X-RateLimit-Scope", "shared"))
            .Then(200, "[]");
        var client = _discord.Client(o => new() { Token = o.Token, BaseUrl = o.BaseUrl, InvalidRequestLimit = 1 });

        await RunAsync(client);

        Assert.Equal(Seconds(0, 4), _discord.Times);
        Assert.Equal(1, client.Status.RateLimits["shared"]);
    }

    [Theory]
    [InlineData(401, """{"message":"401: Unauthorized","code":0}""")]
    [InlineData(401, "no JSON at all")]
    [InlineData(401, """{"message":"Invalid token","code":50014}""")]
    [InlineData(403, """{"message":"You need to verify your account","code":40002}""")]
    public async Task Refused_token_stops_every_call_at_once(int status, string body)
    {
        var held = new TaskCompletionSource<HttpResponseMessage>();
        _discord.Then(_ => held.Task);
        var client = _discord.Client();

        var first = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        var waiting = client.GetRolesAsync(ScriptedDiscord.Guild, None);
        held.SetResult(ScriptedDiscord.Answer(status, body));

        var error = await Assert.ThrowsAsync<DiscordRefusedException>(() => first);
        await Assert.ThrowsAsync<DiscordRefusedException>(() => waiting);
        await Assert.ThrowsAsync<DiscordRefusedException>(() => client.GetGatewayBotAsync(None));
        Assert.Single(_discord.Requests);
        Assert.Contains("Discord:Token", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("ümlaut")]
    public async Task Token_that_no_header_can_hold_is_refused_without_a_request(string token)
    {
        var client = _discord.Client(_ => new() { Token = new Secret(token) });

        await Assert.ThrowsAsync<DiscordRefusedException>(() => client.GetGatewayBotAsync(None));

        Assert.Empty(_discord.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(520)]
    [InlineData(524)]
    public async Task Passing_fault_is_retried(int status)
    {
        _discord.Then(status, "<html>").Then(status, """{"code":130000}""").Then(200, "[]");
        var client = _discord.Client();

        await RunAsync(client);

        Assert.Equal(2, client.Status.Retries);
        Assert.Equal(2, client.Status.Answers[("/guilds/{guild}/roles", status)]);
        Assert.Equal(1, client.Status.Answers[("/guilds/{guild}/roles", 200)]);
        Assert.True(_discord.Times[1] > TimeSpan.Zero);
        Assert.True(_discord.Times[2] > _discord.Times[1]);
    }

    [Fact]
    public async Task Lasting_fault_ends_in_unavailable_after_the_last_retry()
    {
        _discord.Then(503, "");

        var error = await Assert.ThrowsAsync<DiscordUnavailableException>(() => RunAsync(_discord.Client()));

        Assert.Equal(6, _discord.Requests.Count);
        Assert.Equal("Discord could not be asked: GET /guilds/{guild}/roles failed 6 times, at last because Discord answered with 503.",
            error.Message);
    }

    [Fact]
    public async Task Broken_connection_is_retried()
    {
        _discord
            .Then(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"))
            .Then(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"))
            .Then(_ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BreakingStream()) }))
            .Then(200, "[]");
        var client = _discord.Client();

        await RunAsync(client);

        Assert.Equal(3, client.Status.Retries);
        Assert.Equal(3, client.Status.Answers[("/guilds/{guild}/roles", 0)]);
    }

    [Fact]
    public async Task Answer_that_does_not_come_in_time_is_retried()
    {
        _discord
            .Then(async cancelled =>
            {
                await Task.Delay(Timeout.Infinite, cancelled);

                return ScriptedDiscord.Answer(200, "[]");
            })
            .Then(200, "[]");
        _discord.Time.Ignored = null;
        var client = _discord.Client(o => new() { Token = o.Token, BaseUrl = o.BaseUrl, RequestTimeout = TimeSpan.FromSeconds(8) });

        await RunAsync(client);

        Assert.True(_discord.Times[1] > TimeSpan.FromSeconds(8));
        Assert.Equal(1, client.Status.Retries);
    }

    [Theory]
    [InlineData("""[{"id":"1","permissions":"0"},{"id":"2","perm""")]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("""{"no":"list"}""")]
    [InlineData("[] []")]
    public async Task Unreadable_answer_is_retried(string body)
    {
        _discord.Then(200, body).Then(200, "[]");
        var client = _discord.Client();

        await RunAsync(client);

        Assert.Equal(1, client.Status.Retries);
    }

    [Fact]
    public async Task Caller_that_cancels_gets_a_cancellation_and_nothing_else()
    {
        _discord.Then(async cancelled =>
        {
            await Task.Delay(Timeout.Infinite, cancelled);

            return ScriptedDiscord.Answer(200, "[]");
        });
        using var cancel = new CancellationTokenSource();
        var client = _discord.Client();

        var call = client.GetRolesAsync(ScriptedDiscord.Guild, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(0, client.Status.Retries);
    }

    [Theory]
    [InlineData(404, """{"message":"Unknown Channel","code":10003}""", true, false)]
    [InlineData(404, """{"code":10004,"message":"Unknown Guild"}""", true, false)]
    [InlineData(404, """{"message":"Unknown Member","code":10007}""", true, false)]
    [InlineData(404, """{"message":"404: Not Found","code":0}""", false, false)]
    [InlineData(404, "<html>not found</html>", false, false)]
    [InlineData(403, """{"message":"Missing Access","code":50001}""", false, true)]
    [InlineData(403, """{"message":"Missing Permissions","code":50013}""", false, true)]
    [InlineData(403, """{"message":"internal network error","code":40333}""", false, false)]
    [InlineData(400, """{"code":50035,"errors":{"limit":{"_errors":[{"code":"MAX","message":"x"}]}},"message":"Invalid"}""", false, false)]
    public async Task Error_is_given_to_the_caller_with_its_code_and_not_retried(int status, string body, bool unknown, bool noAccess)
    {
        _discord.Then(status, body);
        var client = _discord.Client();

        var error = await Assert.ThrowsAsync<DiscordRestException>(() => RunAsync(client));

        Assert.Equal((status, unknown, noAccess), (error.Status, error.IsUnknown, error.IsMissingAccess));
        Assert.Single(_discord.Requests);
    }

    [Fact]
    public async Task Logs_and_errors_hold_neither_token_nor_anything_of_an_answer()
    {
        const string Canary = "canary-in-an-answer";
        _discord
            .Then(500, Canary)
            .Then(200, $$"""[{"id":"{{Canary}}","permissions":"{{Canary}}"}] {{Canary}}""")
            .Then(429, $$"""{"message":"{{Canary}}","retry_after":1}""")
            .Then(429, Canary)
            .Then(200, $$"""[{"id":"{{Canary}}","permissions":"{{Canary}}"}]""")
            .Then(400, $$"""{"message":"{{Canary}}","code":50035}""")
            .Then(401, $$"""{"message":"{{Canary}}"}""");
        var client = _discord.Client();

        await RunAsync(client);
        var error = await Assert.ThrowsAsync<DiscordRestException>(() => RunAsync(client));
        var refusal = await Assert.ThrowsAsync<DiscordRefusedException>(() => RunAsync(client));

        var everything = new StringBuilder().AppendJoin('\n', _discord.Log.GetSnapshot().Select(record => record.Everything()))
            .Append(error).Append(refusal).ToString();
        Assert.True(_discord.Log.GetSnapshot().Count >= 6);
        Assert.DoesNotContain(Canary, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedDiscord.Token, everything, StringComparison.Ordinal);
    }

    private static TimeSpan[] Seconds(params double[] seconds) => seconds.Select(TimeSpan.FromSeconds).ToArray();

    private async Task RunAsync(DiscordRest client) => await _discord.Time.RunAsync(client.GetRolesAsync(ScriptedDiscord.Guild, None));

    /// <summary>Gives one byte and then breaks, as a connection that is reset.</summary>
    private sealed class BreakingStream : MemoryStream
    {
        private bool _isBroken;

        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_isBroken)
            {
                throw new IOException("reset");
            }

            _isBroken = true;
            buffer[offset] = (byte)'[';

            return 1;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_isBroken)
            {
                throw new IOException("reset");
            }

            _isBroken = true;
            buffer.Span[0] = (byte)'[';

            return ValueTask.FromResult(1);
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            Task.FromException(new IOException("reset"));
    }
}
