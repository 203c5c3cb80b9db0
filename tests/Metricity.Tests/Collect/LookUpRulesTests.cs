using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tests.Collect;

/// <summary>Messages in channels that nobody has told of, and what the answer about them changes.</summary>
public sealed class LookUpRulesTests
{
    private readonly Builder _builder = new();

    [Fact]
    public void Message_in_an_unknown_channel_is_kept_under_a_stand_in_at_once_and_the_channel_is_asked_for_once()
    {
        var changes = _builder.Apply(Some.Message(1000, 999), Some.Message(1001, 999));

        Assert.Equal(new ChannelRow(Some.Id(999), null, null, IsStaff: false, IsDeleted: false, null), changes.Channels[Some.Id(999)]);
        Assert.All(changes.Messages.Values, row => Assert.Equal((Some.Id(999), null), (row.ChannelId, row.ThreadId)));
        Assert.Equal(2, changes.Messages.Count);
        Assert.Equal([Some.Id(999)], changes.ToLookUp);
        _builder.NextBatch();
        changes = _builder.Apply(Some.Message(1002, 999));
        Assert.Single(changes.Messages);
        Assert.Empty(changes.Channels);
        Assert.Empty(changes.ToLookUp);
        Assert.Empty(_builder.Log.GetSnapshot());
    }

    [Fact]
    public void Answer_that_it_is_a_thread_moves_the_messages_of_the_batch_and_those_that_follow()
    {
        var changes = _builder.Apply(Some.Message(1000, 300), Found(Some.Thread(300, 110)), Some.Message(1001, 300));

        Assert.Equal(Some.Id(110), changes.Threads[Some.Id(300)].ParentId);
        Assert.Empty(changes.Channels);
        Assert.All(changes.Messages.Values, row => Assert.Equal((Some.Id(110), Some.Id(300)), (row.ChannelId, row.ThreadId)));
        Assert.Equal(2, changes.Messages.Count);
    }

    [Fact]
    public void Answer_that_it_is_a_thread_of_an_unknown_channel_asks_for_that_one_too()
    {
        var changes = _builder.Apply(Some.Message(1000, 300), Found(Some.Thread(300, 140)));
        Assert.Contains(Some.Id(140), changes.ToLookUp);
        Assert.Null(changes.Channels[Some.Id(140)].Type);

        changes = _builder.Apply(Found(Some.Channel(140, categoryId: 10)));

        Assert.True(changes.Channels[Some.Id(140)].IsStaff);
        Assert.Equal((Some.Id(140), Some.Id(300)), (changes.Messages[Some.Id(1000)].ChannelId, changes.Messages[Some.Id(1000)].ThreadId));
    }

    [Fact]
    public void Answer_that_it_is_a_channel_gives_the_stand_in_its_facts()
    {
        var changes = _builder.Apply(Some.Message(1000, 140), Found(Some.Channel(140, name: "new")));

        Assert.Equal(("new", ChannelType.Text), (changes.Channels[Some.Id(140)].Name, changes.Channels[Some.Id(140)].Type));
        Assert.Single(changes.Messages);
        Assert.Empty(changes.Discarded);
    }

    [Fact]
    public void Messages_under_a_stand_in_that_turns_out_to_be_an_ignored_channel_are_removed()
    {
        _builder.Apply(Some.Message(1000, 140));
        _builder.NextBatch();

        var changes = _builder.Apply(Some.Message(1001, 140), Found(Some.Channel(140, categoryId: 20)), Some.Message(1002, 140));

        Assert.Equal([Some.Id(140)], changes.Discarded);
        Assert.Empty(changes.Messages);
        Assert.False(changes.IsEmpty);
    }

    [Fact]
    public void Messages_under_a_stand_in_that_turns_out_to_be_a_thread_of_an_ignored_channel_are_removed_but_the_thread_is_kept()
    {
        var changes = _builder.Apply(Some.Message(1000, 300), Found(Some.Thread(300, 120)), Some.Message(1001, 300));

        Assert.Equal([Some.Id(300)], changes.Discarded);
        Assert.Empty(changes.Messages);
        Assert.Single(changes.Threads);
    }

    [Fact]
    public void Messages_of_a_thread_whose_unknown_channel_turns_out_to_be_ignored_are_removed()
    {
        var changes = _builder.Apply(
            Some.Message(1000, 300), Found(Some.Thread(300, 140)), Some.Message(1001, 300), Found(Some.Channel(140, categoryId: 20)));

        Assert.Equal([Some.Id(140)], changes.Discarded);
        Assert.Empty(changes.Messages);
    }

    [Fact]
    public void Answer_that_does_not_say_keeps_the_stand_in_and_is_logged()
    {
        _builder.Apply(Some.Message(1000, 999));
        _builder.NextBatch();

        var changes = _builder.Apply(new ChannelLookedUp(Some.GuildId, Some.Id(999)), Some.Message(1001, 999));

        Assert.Equal(Some.Id(999), changes.Messages[Some.Id(1001)].ChannelId);
        Assert.Empty(changes.Channels);
        Assert.Empty(changes.ToLookUp);
        Assert.Equal(LogEvents.Collect.ChannelUnknown, Assert.Single(_builder.Log.GetSnapshot()).Id.Id);
    }

    [Fact]
    public void Answer_that_it_does_not_exist_marks_the_stand_in_as_deleted()
    {
        var changes = _builder.Apply(Some.Message(1000, 999), new ChannelLookedUp(Some.GuildId, Some.Id(999), IsGone: true));

        Assert.True(changes.Channels[Some.Id(999)].IsDeleted);
        Assert.Single(changes.Messages);
    }

    [Fact]
    public void Stand_in_that_an_earlier_run_left_behind_takes_messages_and_the_answer_about_it()
    {
        var builder = new Builder(standIns: [999]);

        var changes = builder.Apply(Some.Message(1000, 999));
        Assert.Empty(changes.Channels);
        Assert.Empty(changes.ToLookUp);
        changes = builder.Apply(Found(Some.Channel(999, name: "known at last")));

        Assert.Equal("known at last", changes.Channels[Some.Id(999)].Name);
    }

    [Fact]
    public void Live_event_about_a_channel_that_is_being_looked_up_wins_over_the_answer()
    {
        var changes = _builder.Apply(
            Some.Message(1000, 140),
            new ChannelChanged(Some.GuildId, Some.Channel(140, name: "newer")),
            Found(Some.Channel(140, name: "older")));

        Assert.Equal("newer", changes.Channels[Some.Id(140)].Name);
        Assert.Empty(changes.ToLookUp);
    }

    [Fact]
    public void Thread_that_is_deleted_while_it_is_looked_up_stays_deleted()
    {
        var changes = _builder.Apply(
            Some.Message(1000, 300), new ThreadDeleted(Some.GuildId, Some.Id(300)), Found(Some.Thread(300, 110)));

        Assert.Empty(changes.Threads);
        Assert.True(changes.Channels[Some.Id(300)].IsDeleted);
    }

    [Fact]
    public void Channel_that_a_snapshot_did_not_list_is_deleted_when_discord_does_not_know_it()
    {
        _builder.Apply(Some.Guild([Some.Category(10), Some.Category(20), Some.Channel(110, 10), Some.Channel(120, 20)]));
        _builder.NextBatch();

        var changes = _builder.Apply(new ChannelLookedUp(Some.GuildId, Some.Id(100), IsGone: true));

        Assert.True(changes.Channels[Some.Id(100)].IsDeleted);
        Assert.Equal([Some.Id(200)], changes.DeletedThreads);
    }

    [Fact]
    public void Channel_that_a_snapshot_did_not_list_stays_when_discord_does_not_say()
    {
        _builder.Apply(Some.Guild([Some.Category(10), Some.Category(20), Some.Channel(110, 10), Some.Channel(120, 20)]));
        _builder.NextBatch();

        Assert.True(_builder.Apply(new ChannelLookedUp(Some.GuildId, Some.Id(100))).IsEmpty);
        Assert.Empty(_builder.Log.GetSnapshot());
    }

    [Fact]
    public void Message_in_a_known_channel_asks_discord_nothing()
    {
        Assert.Empty(_builder.Apply(Some.Message(1000, 100), Some.Message(1001, 200)).ToLookUp);
    }

    [Fact]
    public void Skipped_message_in_an_unknown_channel_asks_discord_nothing()
    {
        Assert.Empty(_builder.Apply(Some.Message(1000, 999, Some.User(5, isBot: true))).ToLookUp);
    }

    private static ChannelLookedUp Found(ChannelFacts channel) => new(Some.GuildId, channel.Id, Channel: channel);

    private static ChannelLookedUp Found(ThreadFacts thread) => new(Some.GuildId, thread.Id, Thread: thread);
}
