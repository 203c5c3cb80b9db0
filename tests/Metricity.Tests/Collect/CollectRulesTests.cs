using Metricity.Collect;
using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Collect;

/// <summary>A guild's snapshot, outage and loss.</summary>
public sealed class CollectRulesTests
{
    [Fact]
    public void Snapshot_writes_categories_channels_threads_and_the_members_it_lists()
    {
        var changes = new Builder().Apply(Some.Guild(
            [Some.Category(10), Some.Category(20), Some.Channel(100), Some.Channel(110, 10), Some.Channel(120, 20)],
            [Some.Thread(200, 100)],
            [Some.Member(9)]));

        Assert.Equal([Some.Id(10), Some.Id(20)], changes.Categories.Keys);
        Assert.Equal([Some.Id(100), Some.Id(110), Some.Id(120)], changes.Channels.Keys);
        Assert.Equal([Some.Id(200)], changes.Threads.Keys);
        Assert.Equal([Some.Id(9)], changes.Members.Keys);
        Assert.True(changes.SyncStarted);
    }

    [Fact]
    public void Snapshot_says_which_threads_are_active_but_not_of_channels_that_are_hidden_or_not_listed()
    {
        var changes = new Builder().Apply(
            Some.Guild([Some.Channel(100), Some.Channel(110, 10, isHidden: true)], [Some.Thread(200, 100)]));

        Assert.Equal([Some.Id(100)], changes.ActiveThreads!.ParentIds!);
        Assert.Equal([Some.Id(200)], changes.ActiveThreads.ThreadIds);
    }

    [Fact]
    public void Snapshot_with_an_unreadable_element_archives_nothing()
    {
        var changes = new Builder().Apply(Some.Guild([Some.Channel(100)], [], skippedElements: 1));

        Assert.Null(changes.ActiveThreads);
        Assert.True(changes.SyncStarted);
    }

    [Fact]
    public void Channels_that_a_snapshot_does_not_list_are_asked_for_and_not_deleted()
    {
        var builder = new Builder();

        var changes = builder.Apply(Some.Guild([Some.Category(10), Some.Channel(110, 10)]));

        Assert.Equal([Some.Id(20), Some.Id(100), Some.Id(120)], changes.ToLookUp.Order());
        Assert.DoesNotContain(changes.Channels.Values, row => row.IsDeleted);
        Assert.DoesNotContain(changes.Categories.Values, row => row.IsDeleted);
        Assert.Empty(changes.DeletedThreads);
    }

    [Fact]
    public void Channels_that_a_snapshot_masks_are_listed()
    {
        var builder = new Builder();

        var changes = builder.Apply(Some.Guild(
        [
            Some.Category(10, isHidden: true), Some.Category(20),
            Some.Channel(100, isHidden: true), Some.Channel(110, 10), Some.Channel(120, 20),
        ]));

        Assert.Empty(changes.ToLookUp);
    }

    [Fact]
    public void Outage_changes_the_coverage_alone_and_is_logged()
    {
        var builder = new Builder();

        var changes = builder.Apply(new GuildUnavailable(Some.GuildId));
        Assert.Equal(CoverageCause.GuildUnavailable, Assert.Single(changes.Coverage).Cause);
        changes.Coverage.Clear();
        Assert.True(changes.IsEmpty);
        var record = Assert.Single(builder.Log.GetSnapshot());
        Assert.Equal((LogEvents.Collect.GuildUnavailable, LogLevel.Warning), (record.Id.Id, record.Level));
    }

    [Fact]
    public void Loss_of_the_guild_changes_the_coverage_alone_and_is_logged_as_an_error()
    {
        var builder = new Builder();

        var changes = builder.Apply(new GuildLeft(Some.GuildId));
        Assert.Equal(CoverageCause.GuildLeft, Assert.Single(changes.Coverage).Cause);
        changes.Coverage.Clear();
        Assert.True(changes.IsEmpty);
        var record = Assert.Single(builder.Log.GetSnapshot());
        Assert.Equal((LogEvents.Collect.GuildLeft, LogLevel.Error), (record.Id.Id, record.Level));
    }

    [Fact]
    public void Batch_used_again_holds_nothing_of_its_last_use()
    {
        var builder = new Builder();
        builder.Apply(
            Some.Guild([Some.Channel(100), Some.Category(10)], [Some.Thread(200, 100)]),
            new MembersSynced(Some.GuildId, Some.Guild(), IsComplete: true),
            new StaffRoleDeleted(Some.GuildId, Some.Id(7)),
            new ThreadDeleted(Some.GuildId, Some.Id(201)),
            new MemberJoined(Some.GuildId, Some.Member(5)),
            new MemberLeft(Some.GuildId, Some.User(6)),
            Some.Message(1000, 100),
            Some.Edit(1001, Some.At),
            Some.Delete(1002));
        Assert.False(builder.Changes.IsEmpty);

        builder.Changes.Clear();

        Assert.True(builder.Changes.IsEmpty);
    }
}
