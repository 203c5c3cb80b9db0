using Metricity.Rest;

namespace Metricity.Tests.Rest;

public sealed class RateLimitTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScriptedDiscord _discord = new();

    [Fact]
    public async Task Unknown_bucket_lets_one_request_go_first()
    {
        var first = new TaskCompletionSource<HttpResponseMessage>();
        _discord.Then(_ => first.Task).Then(200, "[]", ScriptedDiscord.Limits("b", 5, 3, 1));
        var client = _discord.Client();

        var calls = Enumerable.Range(0, 3).Select(_ => client.GetRolesAsync(ScriptedDiscord.Guild, None)).ToArray();
        var before = _discord.Requests.Count;
        first.SetResult(ScriptedDiscord.Answer(200, "[]", ScriptedDiscord.Limits("b", 5, 4, 1)));
        await _discord.Time.RunAsync(Task.WhenAll(calls));

        Assert.Equal(1, before);
        Assert.Equal([TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero], _discord.Times);
    }

    [Fact]
    public async Task Spent_bucket_waits_for_its_reset()
    {
        _discord
            .Then(200, "[]", ScriptedDiscord.Limits("b", 2, 1, 4.5))
            .Then(200, "[]", ScriptedDiscord.Limits("b", 2, 0, 4.5))
            .Then(200, "[]", ScriptedDiscord.Limits("b", 2, 1, 4.5));

        await GetRolesAsync(_discord.Client(), 3);

        Assert.Equal(Seconds(0, 0, 4.5), _discord.Times);
    }

    [Fact]
    public async Task Bucket_sends_no_more_at_once_than_the_window_has_left()
    {
        var client = _discord.Client();
        _discord.Then(200, "[]", ScriptedDiscord.Limits("b", 5, 2, 10));
        await GetRolesAsync(client, 1);
        var held = new TaskCompletionSource();
        _discord.Then(async _ =>
        {
            await held.Task;

            return ScriptedDiscord.Answer(200, "[]");
        });

        var calls = Enumerable.Range(0, 4).Select(_ => client.GetRolesAsync(ScriptedDiscord.Guild, None)).ToArray();
        var atOnce = _discord.Requests.Count - 1;
        held.SetResult();
        await _discord.Time.RunAsync(Task.WhenAll(calls));

        Assert.Equal(2, atOnce);
        Assert.Equal(Seconds(0, 0, 0, 10, 10), _discord.Times);
    }

    [Fact]
    public async Task Late_answer_with_a_higher_count_does_not_reopen_a_spent_bucket()
    {
        var client = _discord.Client();
        _discord.Then(200, "[]", ScriptedDiscord.Limits("b", 3, 2, 10));
        await GetRolesAsync(client, 1);
        TaskCompletionSource<HttpResponseMessage> one = new(), two = new();
        _discord.Then(_ => one.Task).Then(_ => two.Task).Then(200, "[]", ScriptedDiscord.Limits("b", 3, 2, 10));

        var calls = Enumerable.Range(0, 3).Select(_ => client.GetRolesAsync(ScriptedDiscord.Guild, None)).ToArray();
        two.SetResult(ScriptedDiscord.Answer(200, "[]", ScriptedDiscord.Limits("b", 3, 0, 10)));
        await calls[1];
        one.SetResult(ScriptedDiscord.Answer(200, "[]", ScriptedDiscord.Limits("b", 3, 1, 10)));
        await calls[0];
        await _discord.Time.RunAsync(Task.WhenAll(calls));

        Assert.Equal(Seconds(0, 0, 0, 10), _discord.Times);
    }

    [Fact]
    public async Task Reset_after_is_believed_over_reset()
    {
        var farOff = (_discord.Time.GetUtcNow().ToUnixTimeSeconds() + 3600).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _discord.Then(200, "[]", [.. ScriptedDiscord.Limits("b", 1, 0, 2), ("X-RateLimit-Reset", farOff)]);

        await GetRolesAsync(_discord.Client(), 2);

        Assert.Equal(Seconds(0, 2), _discord.Times);
    }

    [Fact]
    public async Task Reset_alone_counts_but_a_wrong_clock_stops_us_for_a_minute_at_most()
    {
        var now = _discord.Time.GetUtcNow().ToUnixTimeSeconds();
        _discord
            .Then(200, "[]", ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", $"{now + 3}.25"))
            .Then(200, "[]", ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", $"{now + 9000}"));

        await GetRolesAsync(_discord.Client(), 3);

        Assert.Equal(Seconds(0, 3.25, 63.25), _discord.Times);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("")]
    public async Task Unreadable_limit_headers_count_as_missing(string resetAfter)
    {
        _discord.Then(200, "[]", ("X-RateLimit-Limit", "1"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset-After", resetAfter));

        await GetRolesAsync(_discord.Client(), 3);

        Assert.Equal(Seconds(0, 0, 0), _discord.Times);
    }

    [Fact]
    public async Task Other_top_level_resource_does_not_wait()
    {
        _discord.Then(200, "[]", ScriptedDiscord.Limits("b", 1, 0, 60));
        var client = _discord.Client();

        await _discord.Time.RunAsync(client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, None));
        await _discord.Time.RunAsync(client.GetMessagesBeforeAsync(ScriptedDiscord.OtherChannel, null, 100, None));

        Assert.Equal(Seconds(0, 0), _discord.Times);
    }

    [Fact]
    public async Task Routes_that_name_one_bucket_share_its_count()
    {
        _discord
            .Then(200, "[]", ScriptedDiscord.Limits("shared", 3, 2, 7))
            .Then(200, "[]", ScriptedDiscord.Limits("shared", 3, 1, 7))
            .Then(200, "[]", ScriptedDiscord.Limits("shared", 3, 0, 7));
        var client = _discord.Client();

        await GetRolesAsync(client, 1);
        await _discord.Time.RunAsync(client.GetChannelsAsync(ScriptedDiscord.Guild, None));
        await GetRolesAsync(client, 1);
        await _discord.Time.RunAsync(client.GetChannelsAsync(ScriptedDiscord.Guild, None));

        Assert.Equal(Seconds(0, 0, 0, 7), _discord.Times);
    }

    [Fact]
    public async Task Route_that_changes_its_bucket_follows_the_new_one()
    {
        _discord
            .Then(200, "[]", ScriptedDiscord.Limits("old", 2, 1, 50))
            .Then(200, "[]", ScriptedDiscord.Limits("new", 2, 0, 3));

        await GetRolesAsync(_discord.Client(), 3);

        Assert.Equal(Seconds(0, 0, 3), _discord.Times);
    }

    [Fact]
    public async Task Waiters_of_an_unknown_bucket_move_to_the_one_that_the_first_answer_names()
    {
        var first = new TaskCompletionSource<HttpResponseMessage>();
        _discord.Then(_ => first.Task).Then(200, "[]", ScriptedDiscord.Limits("b", 2, 0, 5));
        var client = _discord.Client();

        var calls = Enumerable.Range(0, 4).Select(_ => client.GetRolesAsync(ScriptedDiscord.Guild, None)).ToArray();
        first.SetResult(ScriptedDiscord.Answer(200, "[]", ScriptedDiscord.Limits("b", 2, 1, 5)));
        await _discord.RequestedAsync(2); // the others wait for the reset, and the clock would go there
        await _discord.Time.RunAsync(Task.WhenAll(calls));

        Assert.Equal(4, _discord.Requests.Count);
        Assert.Equal(Seconds(0, 0, 5), _discord.Times.Take(3));
    }

    [Fact]
    public async Task All_routes_together_keep_below_the_limit_of_a_second()
    {
        _discord.Then(200, "[]");
        var client = _discord.Client(o => new() { Token = o.Token, BaseUrl = o.BaseUrl, RequestsPerSecond = 5 });

        for (var i = 1UL; i <= 12; i++)
        {
            await _discord.Time.RunAsync(client.GetMessagesBeforeAsync(new(i), null, 100, None));
        }

        Assert.Equal(Seconds(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2), _discord.Times);
    }

    [Fact]
    public async Task Live_request_passes_background_requests_that_wait()
    {
        _discord
            .Then(200, "[]", ScriptedDiscord.Limits("b", 1, 0, 5))
            .Then(200, "[]", ScriptedDiscord.Limits("b", 1, 0, 5));
        var client = _discord.Client();
        await GetMessagesAsync(client);

        var late = client.InBackground.GetMessagesBeforeAsync(ScriptedDiscord.Channel, new(1000), 100, None);
        var live = client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, new(2000), 100, None);
        await _discord.Time.RunAsync(Task.WhenAll(late, live));

        Assert.EndsWith("before=2000", _discord.Requests[1].Request.RequestUri!.Query, StringComparison.Ordinal);
        Assert.Equal(Seconds(0, 5, 10), _discord.Times);
    }

    [Fact]
    public async Task Cancelled_waiter_gives_its_place_to_the_next()
    {
        _discord.Then(200, "[]", ScriptedDiscord.Limits("b", 1, 0, 5));
        var client = _discord.Client();
        await GetMessagesAsync(client);
        using var cancel = new CancellationTokenSource();

        var given = client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, cancel.Token);
        var next = client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, None);
        await cancel.CancelAsync();
        await _discord.Time.RunAsync(next);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(Seconds(0, 5), _discord.Times);
    }

    private static TimeSpan[] Seconds(params double[] seconds) => seconds.Select(TimeSpan.FromSeconds).ToArray();

    private async Task GetRolesAsync(DiscordRest client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _discord.Time.RunAsync(client.GetRolesAsync(ScriptedDiscord.Guild, None));
        }
    }

    private async Task GetMessagesAsync(DiscordRest client) =>
        await _discord.Time.RunAsync(client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, null, 100, None));
}
