using Metricity.Events;

namespace Metricity.Tests.Collect;

/// <summary>Snapshots and lists that were fetched over REST while events went on: what an event told meanwhile wins.</summary>
public sealed class FetchedListsRulesTests
{
    private static readonly HistoryStep Step =
        new(1, Some.Id(100), HistoryPart.PublicThreads, HistoryState.Open, null, HistoryObstacle.None);

    private readonly Builder _builder = new();

    [Fact]
    public void Fetched_snapshot_is_a_snapshot_like_the_gateways_own()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            Fetched(
                [Some.Category(10), Some.Category(20), Some.Channel(100, name: "renamed"), Some.Channel(120, 20)],
                [Some.Thread(200, 100, "renamed too")]));

        Assert.Equal("renamed", changes.Channels[Some.Id(100)].Name);
        Assert.Equal("renamed too", changes.Threads[Some.Id(200)].Name);
        Assert.Equal([Some.Id(200)], changes.ActiveThreads!.ThreadIds);
        Assert.Equal([Some.Id(110)], changes.ToLookUp);
        Assert.True(changes.SyncStarted);
    }

    [Fact]
    public void Channel_that_was_changed_while_the_snapshot_was_fetched_keeps_the_newer_facts()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            new ChannelChanged(Some.GuildId, Some.Channel(100, name: "newer")),
            Fetched([Some.Channel(100, name: "older"), Some.Channel(110, 10)]));

        Assert.Equal("newer", changes.Channels[Some.Id(100)].Name);
    }

    [Fact]
    public void Channel_that_was_made_while_the_snapshot_was_fetched_is_not_asked_for_and_one_that_was_deleted_stays_so()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            new ChannelChanged(Some.GuildId, Some.Channel(140)),
            new ChannelDeleted(Some.GuildId, Some.Id(110), ChannelType.Text),
            Fetched([Some.Category(10), Some.Category(20), Some.Channel(100), Some.Channel(110, 10), Some.Channel(120, 20)]));

        Assert.Empty(changes.ToLookUp);
        Assert.True(changes.Channels[Some.Id(110)].IsDeleted);
    }

    [Fact]
    public void Thread_that_was_changed_made_or_deleted_while_the_snapshot_was_fetched_stays_as_the_event_left_it()
    {
        var changes = _builder.Apply(
            new ThreadChanged(Some.GuildId, Some.Thread(201, 100)),
            new GuildRequested(Some.GuildId),
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "newer", isArchived: true)),
            new ThreadDeleted(Some.GuildId, Some.Id(201)),
            new ThreadChanged(Some.GuildId, Some.Thread(202, 100)),
            Fetched([Some.Channel(100)], [Some.Thread(200, 100, "older"), Some.Thread(201, 100)]));

        Assert.Equal(("newer", true), (changes.Threads[Some.Id(200)].Name, changes.Threads[Some.Id(200)].IsArchived));
        Assert.Contains(Some.Id(201), changes.DeletedThreads);

        // Those that the snapshot does not speak of are not taken for archived unseen.
        Assert.Equal([Some.Id(200), Some.Id(201), Some.Id(202)], changes.ActiveThreads!.ThreadIds.Order());
    }

    [Fact]
    public void Threads_that_a_list_of_the_gateways_left_out_meanwhile_stay_archived()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            new ThreadListSynced(Some.GuildId, [Some.Id(100)], []),
            Fetched([Some.Channel(100)], [Some.Thread(200, 100)]));

        Assert.Empty(changes.Threads);
    }

    [Fact]
    public void Threads_of_a_channel_that_was_deleted_while_the_snapshot_was_fetched_stay_deleted()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            new ChannelDeleted(Some.GuildId, Some.Id(100), ChannelType.Text),
            Fetched([Some.Channel(100)], [Some.Thread(200, 100)]));

        Assert.Contains(Some.Id(200), changes.DeletedThreads);
        Assert.Empty(changes.Threads);
    }

    [Fact]
    public void Event_before_the_snapshot_was_asked_for_is_older_than_it()
    {
        var changes = _builder.Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(100, name: "older")),
            new GuildRequested(Some.GuildId),
            Fetched([Some.Channel(100, name: "newer")]));

        Assert.Equal("newer", changes.Channels[Some.Id(100)].Name);
    }

    [Fact]
    public void Fetched_snapshot_is_dropped_when_the_gateways_own_came_while_it_was_fetched()
    {
        var changes = _builder.Apply(
            new GuildRequested(Some.GuildId),
            Some.Guild([Some.Channel(100, name: "newer")]),
            Fetched([Some.Channel(100, name: "older"), Some.Channel(140)]));

        Assert.Equal("newer", changes.Channels[Some.Id(100)].Name);
        Assert.DoesNotContain(Some.Id(140), changes.Channels.Keys);
    }

    [Fact]
    public void List_of_archived_threads_writes_them_all_when_no_event_told_of_them()
    {
        var changes = _builder.Apply(
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "older")),
            new ThreadsRequested(Some.GuildId),
            Listed(Some.Thread(200, 100, "newer", isArchived: true), Some.Thread(210, 100)));

        Assert.Equal("newer", changes.Threads[Some.Id(200)].Name);
        Assert.Contains(Some.Id(210), changes.Threads.Keys);
        Assert.Empty(changes.NewThreads);
    }

    [Fact]
    public void Thread_that_an_event_told_of_since_archived_ones_are_listed_stays_as_it_is()
    {
        var changes = _builder.Apply(
            new ThreadsRequested(Some.GuildId),
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "newer")),
            Listed(Some.Thread(200, 100, "older", isArchived: true), Some.Thread(210, 100, isArchived: true)));

        Assert.Equal(("newer", false), (changes.Threads[Some.Id(200)].Name, changes.Threads[Some.Id(200)].IsArchived));
        Assert.Contains(Some.Id(210), changes.Threads.Keys);
    }

    [Fact]
    public void Thread_that_was_deleted_while_archived_ones_are_listed_is_stored_only_if_it_is_new()
    {
        var changes = _builder.Apply(
            new ThreadsRequested(Some.GuildId),
            new ThreadDeleted(Some.GuildId, Some.Id(200)),
            new ThreadDeleted(Some.GuildId, Some.Id(210)),
            Listed(Some.Thread(200, 100, isArchived: true), Some.Thread(210, 100, isArchived: true)));

        Assert.Empty(changes.Threads);
        Assert.Equal([Some.Id(210)], changes.NewThreads.Keys);
    }

    [Fact]
    public void Next_listing_is_newer_than_what_was_told_before_it()
    {
        var changes = _builder.Apply(
            new ThreadsRequested(Some.GuildId),
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "older")),
            new ThreadsListed(Some.GuildId),
            new ThreadsRequested(Some.GuildId),
            Listed(Some.Thread(200, 100, "newer", isArchived: true)));

        Assert.Equal("newer", changes.Threads[Some.Id(200)].Name);
    }

    private static GuildAvailable Fetched(IReadOnlyList<ChannelFacts> channels, IReadOnlyList<ThreadFacts>? threads = null) =>
        Some.Guild(channels, threads) with { IsFetched = true };

    private static HistoryThreads Listed(params ThreadFacts[] threads) => new(Some.GuildId, Step, threads, OnlyNew: false);
}
