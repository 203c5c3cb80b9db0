using Metricity.Events;

namespace Metricity.Tests.Collect;

public sealed class ThreadRulesTests
{
    [Fact]
    public void New_thread_is_written_and_known_from_then_on()
    {
        var builder = new Builder();

        var changes = builder.Apply(new ThreadChanged(Some.GuildId, Some.Thread(210, 110)), Some.Message(1000, 210));

        Assert.Equal("thread210", changes.Threads[Some.Id(210)].Name);
        Assert.Equal(Some.Id(110), changes.Messages[Some.Id(1000)].ChannelId);
        Assert.Empty(changes.ToLookUp);
    }

    [Fact]
    public void Last_of_two_changes_in_a_batch_counts()
    {
        var changes = new Builder().Apply(
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, isArchived: true)),
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "renamed")));

        Assert.Equal(("renamed", false), (changes.Threads[Some.Id(200)].Name, changes.Threads[Some.Id(200)].IsArchived));
    }

    [Fact]
    public void Deleted_thread_is_marked_and_a_change_of_the_same_batch_is_kept()
    {
        var changes = new Builder().Apply(
            new ThreadChanged(Some.GuildId, Some.Thread(200, 100, "last")), new ThreadDeleted(Some.GuildId, Some.Id(200)));

        Assert.Equal([Some.Id(200)], changes.DeletedThreads);
        Assert.Equal("last", changes.Threads[Some.Id(200)].Name);
    }

    [Fact]
    public void Thread_that_comes_back_is_not_deleted_any_more()
    {
        var changes = new Builder().Apply(
            new ThreadDeleted(Some.GuildId, Some.Id(200)), new ThreadChanged(Some.GuildId, Some.Thread(200, 100)));

        Assert.Empty(changes.DeletedThreads);
        Assert.Single(changes.Threads);
    }

    [Fact]
    public void Thread_that_a_stand_in_channel_turns_out_to_be_takes_its_messages()
    {
        var builder = new Builder();

        var changes = builder.Apply(
            Some.Message(1000, 999), new ThreadChanged(Some.GuildId, Some.Thread(999, 100)), Some.Message(1001, 999));

        Assert.Empty(changes.Channels);
        Assert.All(changes.Messages.Values, row => Assert.Equal((Some.Id(100), Some.Id(999)), (row.ChannelId, row.ThreadId)));
    }

    [Fact]
    public void Stand_in_channel_has_no_type_by_which_the_store_knows_it()
    {
        var changes = new Builder().Apply(Some.Message(1000, 999));

        Assert.Equal(new(Some.Id(999), null, null, IsStaff: false, IsDeleted: false, null), changes.Channels[Some.Id(999)]);
    }

    [Fact]
    public void Thread_list_speaks_for_the_channels_that_it_names()
    {
        var changes = new Builder().Apply(
            new ThreadListSynced(Some.GuildId, [Some.Id(100), Some.Id(110)], [Some.Thread(210, 110)]));

        Assert.Equal([Some.Id(100), Some.Id(110)], changes.ActiveThreads!.ParentIds!);
        Assert.Equal([Some.Id(210)], changes.ActiveThreads.ThreadIds);
        Assert.Contains(Some.Id(210), changes.Threads.Keys);
    }

    [Fact]
    public void Thread_list_without_channels_speaks_for_the_whole_guild()
    {
        var changes = new Builder().Apply(new ThreadListSynced(Some.GuildId, null, []));

        Assert.Null(changes.ActiveThreads!.ParentIds);
        Assert.Empty(changes.ActiveThreads.ThreadIds);
    }

    [Fact]
    public void Thread_list_with_an_unreadable_thread_archives_nothing()
    {
        var changes = new Builder().Apply(
            new ThreadListSynced(Some.GuildId, null, [Some.Thread(210, 110)]) { SkippedElements = 1 });

        Assert.Null(changes.ActiveThreads);
        Assert.Contains(Some.Id(210), changes.Threads.Keys);
    }
}
