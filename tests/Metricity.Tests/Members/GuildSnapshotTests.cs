using Metricity.Events;
using Metricity.Testing;
using Metricity.Tests.Collect;

namespace Metricity.Tests.Members;

/// <summary>Snapshots that the sync fetches over REST, beside the log.</summary>
public sealed class GuildSnapshotTests : IDisposable
{
    private const int Capacity = 20;

    private readonly SyncRun _run = new(Capacity);

    [Fact]
    public async Task Guild_that_an_earlier_run_never_synced_gets_its_snapshot_over_rest_when_the_session_is_resumed_and_not_before()
    {
        _run.Rest.Answer = Snapshot;
        _run.Start(isUnsynced: true);
        await _run.PassAsync(new MemberUpdated(Some.GuildId, Some.Member(1)));
        Assert.Empty(_run.Rest.Paths);

        await _run.PassAsync(new SessionResumed());

        await _run.Gateway.NextAsync();
        Assert.Single(_run.Queued.OfType<GuildRequested>());
        Assert.IsType<GuildAvailable>(_run.Queued[^1]);
        Assert.Equal([Some.Id(100)], _run.Queued.OfType<GuildAvailable>().Single().Channels.Select(channel => channel.Id));
    }

    [Fact]
    public async Task Snapshot_over_rest_is_not_lost_when_the_queue_is_full()
    {
        _run.Rest.Answer = Snapshot;
        _run.Start();
        await _run.FillAsync(except: 2);

        await _run.PassAsync(new EventsMissing());
        await Eventually.TrueAsync(() => _run.Rest.Paths.Count == 2, "channels and threads are fetched");

        Assert.DoesNotContain(_run.Queued, queued => queued is GuildAvailable);
        await _run.Gateway.NextAsync();
        Assert.Single(_run.Queued.OfType<GuildAvailable>());
    }

    [Fact]
    public async Task Sync_that_an_earlier_run_did_not_finish_is_that_of_the_new_session_when_there_is_one()
    {
        _run.Start(isUnsynced: true);

        await _run.PassAsync(new SessionStarted(Some.Id(9), [Some.GuildId]));
        await _run.PassAsync(Some.Guild());
        var request = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1, 1));
        await _run.LoggedAsync(LogEvents.Members.Completed);
        await _run.PassAsync(new SessionResumed());

        Assert.Equal(1, _run.Gateway.Count);
    }

    [Fact]
    public async Task Live_events_go_on_while_a_snapshot_is_fetched_and_win_over_it()
    {
        _run.Rest.IsSilent = true;
        _run.Start();
        await _run.PassAsync(new EventsMissing());
        await Eventually.TrueAsync(() => _run.Rest.Paths.Count == 1, "the snapshot is asked for");

        // The clock stands still and no answer comes: nothing waits for it.
        await _run.PassAsync(new ChannelChanged(Some.GuildId, Some.Channel(100, name: "newer"))).WaitAsync(Eventually.Limit);
        await _run.PassAsync(Some.Message(1000, 100)).WaitAsync(Eventually.Limit);
        Assert.Single(_run.Changes.Messages);
        _run.Rest.IsSilent = false;
        _run.Rest.Answer = Snapshot;

        await _run.Gateway.NextAsync();
        Assert.Single(_run.Queued.OfType<GuildAvailable>());
        Assert.Equal("newer", _run.Changes.Channels[Some.Id(100)].Name);
    }

    [Fact]
    public async Task Snapshot_that_the_gateways_own_overtook_is_dropped_and_the_members_are_asked_for_once()
    {
        _run.Rest.IsSilent = true;
        _run.Rest.Answer = Snapshot;
        _run.Start();
        await _run.PassAsync(new EventsMissing());
        await Eventually.TrueAsync(() => _run.Rest.Paths.Count == 1, "the snapshot is asked for");

        await _run.PassAsync(Some.Guild([Some.Channel(100, name: "newer")]));
        _run.Rest.IsSilent = false;
        var request = await _run.Gateway.NextAsync();
        await _run.PassAsync(Some.Chunk(request.Nonce, 0, 1, 1));

        await _run.LoggedAsync(LogEvents.Members.Completed);
        Assert.Equal("newer", Assert.Single(_run.Queued.OfType<GuildAvailable>()).Channels[0].Name);
        Assert.Single(_run.Synced);
        Assert.Equal(1, _run.Gateway.Count);
    }

    [Fact]
    public async Task Events_that_are_lost_while_a_snapshot_is_fetched_make_another_one_due()
    {
        _run.Rest.IsSilent = true;
        _run.Rest.Answer = Snapshot;
        _run.Start();
        await _run.PassAsync(new EventsMissing());
        await Eventually.TrueAsync(() => _run.Rest.Paths.Count == 1, "the snapshot is asked for");

        await _run.PassAsync(new EventsMissing());
        _run.Rest.IsSilent = false;

        await Eventually.TrueAsync(() => _run.Queued.OfType<GuildAvailable>().Count() == 2, "it is fetched twice");
        Assert.Equal(2, _run.Queued.OfType<GuildRequested>().Count());
    }

    [Fact]
    public async Task Snapshot_that_cannot_be_fetched_is_asked_for_again_after_five_minutes()
    {
        _run.Rest.Answer = _ => (500, "");
        _run.Start();
        await _run.PassAsync(new EventsMissing());
        await _run.LoggedAsync(LogEvents.Members.Failed);

        _run.Rest.Answer = Snapshot;
        await _run.Time.TimerArmedAsync(TimeSpan.FromMinutes(5)).WaitAsync(Eventually.Limit);
        _run.Time.Advance(TimeSpan.FromMinutes(5));

        await _run.Gateway.NextAsync();
        Assert.Single(_run.Queued.OfType<GuildAvailable>());
    }

    [Fact]
    public async Task Wrong_token_ends_the_sync()
    {
        _run.Rest.Answer = _ => (401, """{"message":"401: Unauthorized","code":0}""");
        _run.Start();

        await _run.PassAsync(new EventsMissing());

        await Assert.ThrowsAsync<DiscordRefusedException>(() => _run.Running.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Cancelled_sync_ends()
    {
        _run.Start();

        await _run.StopAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run.Running.WaitAsync(Eventually.Limit));
    }

    public void Dispose() => _run.Dispose();

    private static (int, string) Snapshot(string path) =>
        (200, path.EndsWith("/active", StringComparison.Ordinal) ? """{"threads":[],"members":[]}""" : $"[{Channel(100)}]");

    private static string Channel(int id) => $$"""{"id":"{{Some.Id(id)}}","type":0,"guild_id":"{{Some.GuildId}}","name":"general"}""";
}
