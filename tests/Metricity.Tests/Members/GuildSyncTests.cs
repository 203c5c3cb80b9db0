using Metricity.Events;
using Metricity.Testing;
using Metricity.Tests.Collect;

namespace Metricity.Tests.Members;

/// <summary>The member list over the gateway, and when it is asked for.</summary>
public sealed class GuildSyncTests : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30.5);

    private readonly SyncRun _run = new();

    [Fact]
    public async Task Guild_that_becomes_available_is_asked_for_its_members_and_those_seen_are_told_at_the_end()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild(members: [Some.Member(9)]));

        var request = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 2, 1, 2));
        await _run.PassAsync(Some.Chunk(request.Nonce, 1, 2, 3));

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3), Some.Id(9)], _run.Synced.Single().Order());
        Assert.IsType<MembersSynced>(_run.Queued[^1]);
        Assert.Empty(_run.Rest.Paths);
    }

    [Fact]
    public async Task Resumed_session_alone_asks_for_nothing()
    {
        _run.Start();

        await _run.PassAsync(new SessionResumed());
        await _run.PassAsync(new MemberJoined(Some.GuildId, Some.Member(1)));

        Assert.Equal(0, _run.Gateway.Count);
        Assert.Empty(_run.Rest.Paths);
    }

    [Fact]
    public async Task Second_list_waits_until_the_window_of_the_first_request_is_over()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var first = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(first.Nonce, 0, 1, 1));
        await _run.LoggedAsync(LogEvents.Members.Completed);

        _run.Time.Advance(TimeSpan.FromSeconds(10));
        await _run.PassAsync(Some.Guild());
        await _run.Time.TimerArmedAsync(Window - TimeSpan.FromSeconds(10)).WaitAsync(Eventually.Limit);
        Assert.Equal(1, _run.Gateway.Count);
        _run.Time.Advance(Window - TimeSpan.FromSeconds(10));

        var second = await _run.Gateway.NextAsync();
        Assert.Equal(Window, second.At - first.At);
        Assert.NotEqual(first.Nonce, second.Nonce);
    }

    [Fact]
    public async Task Request_of_an_earlier_run_of_the_program_keeps_the_window_shut_too()
    {
        _run.Start(lastRequest: _run.Time.GetUtcNow() - TimeSpan.FromSeconds(20));

        await _run.PassAsync(Some.Guild());

        await _run.Time.TimerArmedAsync(Window - TimeSpan.FromSeconds(20)).WaitAsync(Eventually.Limit);
        Assert.Equal(0, _run.Gateway.Count);
        _run.Time.Advance(Window - TimeSpan.FromSeconds(20));
        await _run.Gateway.NextAsync();
    }

    [Fact]
    public async Task Clock_that_was_set_back_makes_the_window_no_longer_than_it_is()
    {
        _run.Start(lastRequest: _run.Time.GetUtcNow() + TimeSpan.FromHours(3));

        await _run.PassAsync(Some.Guild());

        await _run.Time.TimerArmedAsync(Window).WaitAsync(Eventually.Limit);
        _run.Time.Advance(Window);
        await _run.Gateway.NextAsync();
    }

    [Fact]
    public async Task Rate_limited_request_is_asked_again_after_the_wait_and_nobody_is_marked_as_left_meanwhile()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var first = await _run.Gateway.NextAsync();

        await _run.PassAsync(new MemberRequestLimited(Some.GuildId, first.Nonce, TimeSpan.FromSeconds(21.7)));
        await _run.Time.TimerArmedAsync(TimeSpan.FromSeconds(21.7)).WaitAsync(Eventually.Limit);
        Assert.Empty(_run.Synced);
        _run.Time.Advance(TimeSpan.FromSeconds(21.7));
        var second = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(second.Nonce, 0, 1, 1));

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal(TimeSpan.FromSeconds(21.7), second.At - first.At);
        Assert.Single(_run.Synced);
        Assert.Single(_run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Members.Limited);
        Assert.Empty(_run.Rest.Paths);
    }

    [Fact]
    public async Task Unreadable_member_ends_the_list_without_marking_anybody_as_left()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var request = await _run.Gateway.NextAsync();

        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1, 1, 2) with { SkippedElements = 1 });

        await _run.LoggedAsync(LogEvents.Members.Unreadable);
        Assert.Empty(_run.Synced);
        Assert.Equal(2, _run.Queued.OfType<MemberChunk>().Single().Members.Count);
    }

    [Fact]
    public async Task Live_events_that_arrive_during_the_list_win()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var request = await _run.Gateway.NextAsync();

        await _run.PassAsync(new MemberLeft(Some.GuildId, Some.User(1)));
        await _run.PassAsync(new MemberUpdated(Some.GuildId, Some.Member(2, name: "newer")));
        await _run.PassAsync(new MemberJoined(Some.GuildId, Some.Member(4)));
        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1, 1, 2, 3));

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal([Some.Id(2), Some.Id(3), Some.Id(4)], _run.Changes.Members.Keys.Order());
        Assert.Equal("newer", _run.Changes.Members[Some.Id(2)].Name);
        Assert.Equal([Some.Id(2), Some.Id(3), Some.Id(4)], _run.Synced.Single().Order());
    }

    [Fact]
    public async Task Outage_in_mid_list_marks_nobody_as_left_and_the_return_begins_anew()
    {
        _run.Start();
        await _run.PassAsync(Some.Guild());
        var first = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(first.Nonce, 0, 2, 1));

        await _run.PassAsync(new GuildUnavailable(Some.GuildId));
        Assert.Empty(_run.Synced);
        await _run.PassAsync(Some.Guild());
        await _run.Time.TimerArmedAsync(Window).WaitAsync(Eventually.Limit);
        _run.Time.Advance(Window);
        var second = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(second.Nonce, 0, 1, 1, 2));

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal(2, _run.Synced.Single().Count);
        Assert.Empty(_run.Rest.Paths);
    }

    [Fact]
    public async Task Two_runs_of_the_program_never_share_a_nonce()
    {
        using var again = new SyncRun();
        _run.Start();
        again.Start();

        await _run.PassAsync(Some.Guild());
        await again.PassAsync(Some.Guild());

        var first = await _run.Gateway.NextAsync();
        var second = await again.Gateway.NextAsync();
        Assert.NotEqual(first.Nonce, second.Nonce);
        Assert.InRange(first.Nonce.Length, 1, 32);
    }

    public void Dispose() => _run.Dispose();
}
