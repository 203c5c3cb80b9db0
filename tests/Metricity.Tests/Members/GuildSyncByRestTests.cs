using Metricity.Events;
using Metricity.Testing;
using Metricity.Tests.Collect;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Members;

/// <summary>The second way: what happens when the gateway stays silent or lists nobody.</summary>
public sealed class GuildSyncByRestTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SyncRun _run = new();

    [Fact]
    public async Task Silence_after_a_request_makes_rest_the_second_way()
    {
        _run.Rest.Answer = Members(1, 2, 3);
        _run.Start();
        await _run.PassAsync(Some.Guild());
        await _run.Gateway.NextAsync();

        await _run.Time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);
        _run.Time.Advance(Patience);

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3)], _run.Synced.Single().Order());
        Assert.Contains(_run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Members.TimedOut && record.Level == LogLevel.Warning);
        Assert.Equal($"/guilds/{Some.GuildId}/members?limit=1000", Assert.Single(_run.Rest.Paths).Split("&after=")[0]);
    }

    [Fact]
    public async Task Silence_while_the_reader_waits_for_room_in_the_queue_is_not_discords()
    {
        using var run = new SyncRun(capacity: 20);
        run.Start();
        await run.PassAsync(Some.Guild());
        var request = await run.Gateway.NextAsync();
        await run.FillAsync(except: 0);
        var waiting = run.PassAsync(Some.Chunk(request.Nonce, 0, 2, 1));
        Assert.False(waiting.IsCompleted);

        for (var i = 0; i < 4; i++)
        {
            await run.Time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);
            run.Time.Advance(Patience);
        }

        _ = run.Queued; // the database is back
        await waiting.WaitAsync(Eventually.Limit);
        await run.PassAsync(Some.Chunk(request.Nonce, 1, 2, 2));
        await run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal(2, run.Synced.Single().Count);
        Assert.Empty(run.Rest.Paths);
    }

    [Fact]
    public async Task Missing_chunk_makes_rest_the_second_way()
    {
        _run.Rest.Answer = Members(1, 2);
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var request = await _run.Gateway.NextAsync();
        await _run.Time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);
        await _run.PassAsync(Some.Chunk(request.Nonce, 1, 2, 2));

        await _run.LoggedAfterAsync(Patience, LogEvents.Members.Completed);

        Assert.Equal(2, _run.Synced.Single().Count);
    }

    [Fact]
    public async Task Answer_that_names_nobody_is_not_believed()
    {
        _run.Rest.Answer = Members(1, 2);
        _run.Start();
        await _run.PassAsync(Some.Guild(members: [Some.Member(9)]));
        var request = await _run.Gateway.NextAsync();
        await _run.Time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);

        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1));
        Assert.Empty(_run.Synced);
        _run.Time.Advance(Patience);

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(9)], _run.Synced.Single().Order());
    }

    [Fact]
    public async Task Empty_list_over_rest_is_not_believed_either_and_is_asked_for_again_later()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = Members();
        _run.Start();

        await _run.PassAsync(Some.Guild(members: [Some.Member(9)]));

        await _run.LoggedAsync(LogEvents.Members.Failed);
        Assert.Empty(_run.Synced);
        _run.Rest.Answer = Members(1, 9);
        await _run.LoggedAfterAsync(TimeSpan.FromMinutes(5), LogEvents.Members.Completed);
        Assert.Equal([Some.Id(1), Some.Id(9)], _run.Synced.Single().Order());
    }

    [Fact]
    public async Task Unreadable_member_over_rest_marks_nobody_as_left_either()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = _ => (200, $"[{Member(1)},{{\"user\":7}}]");
        _run.Start();

        await _run.PassAsync(Some.Guild());

        await _run.LoggedAsync(LogEvents.Members.Unreadable);
        Assert.Empty(_run.Synced);
    }

    [Fact]
    public async Task Rest_list_is_read_page_by_page_until_a_short_one()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = path => path.EndsWith($"after={Some.Id(1_000)}", StringComparison.Ordinal)
            ? (200, $"[{Member(1_001)}]")
            : (200, "[" + string.Join(',', Enumerable.Range(1, 1_000).Select(Member)) + "]");
        _run.Start();

        await _run.PassAsync(Some.Guild());

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal(2, _run.Rest.Paths.Count);
        Assert.Equal(1_001, _run.Synced.Single().Count);
    }

    [Fact]
    public async Task Rest_that_refuses_is_asked_again_after_five_minutes_and_nobody_is_marked_as_left()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = _ => (403, """{"message":"Missing Access","code":50001}""");
        _run.Start();

        await _run.PassAsync(Some.Guild());
        await _run.LoggedAsync(LogEvents.Members.Failed);
        Assert.Empty(_run.Synced);
        _run.Rest.Answer = Members(1);

        await _run.LoggedAfterAsync(TimeSpan.FromMinutes(5), LogEvents.Members.Completed);
        Assert.Single(_run.Synced);
    }

    [Fact]
    public async Task Retry_of_a_session_that_is_over_asks_for_nothing()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = _ => (403, """{"message":"Missing Access","code":50001}""");
        _run.Start();
        await _run.PassAsync(Some.Guild());
        await _run.LoggedAsync(LogEvents.Members.Failed);
        await _run.Time.TimerArmedAsync(TimeSpan.FromMinutes(5)).WaitAsync(Eventually.Limit);
        _run.Gateway.IsConnected = true;

        await _run.PassAsync(new SessionStarted(Some.Id(9), [Some.GuildId]));
        await _run.PassAsync(Some.Guild());
        var request = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1, 1));
        await _run.LoggedAsync(LogEvents.Members.Completed);
        _run.Time.Advance(TimeSpan.FromMinutes(6));

        // Another beginning shows that the loop is idle: it is the next thing asked for.
        await _run.PassAsync(Some.Guild());
        await _run.Gateway.NextAsync();
        Assert.Equal(2, _run.Gateway.Count);
    }

    [Fact]
    public async Task Request_that_could_not_be_sent_does_not_shut_the_window()
    {
        _run.Gateway.IsConnected = false;
        _run.Rest.Answer = Members(1);
        _run.Start();
        await _run.PassAsync(Some.Guild());
        await _run.LoggedAsync(LogEvents.Members.Completed);
        _run.Gateway.IsConnected = true;

        await _run.PassAsync(Some.Guild());

        await _run.Gateway.NextAsync();
    }

    public void Dispose() => _run.Dispose();

    private static Func<string, (int, string)> Members(params int[] ids) => _ => (200, "[" + string.Join(',', ids.Select(Member)) + "]");

    private static string Member(int id) =>
        $$$"""{"user":{"id":"{{{Some.Id(id)}}}","username":"user{{{id}}}"},"roles":[],"joined_at":"2023-01-01T00:00:00+00:00"}""";
}
