using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tests.Collect;

public sealed class ChannelRulesTests
{
    [Fact]
    public void Message_that_comes_after_the_deletion_of_its_channel_does_not_bring_the_channel_back()
    {
        var changes = new Builder().Apply(
            new ChannelDeleted(Some.GuildId, Some.Id(110), ChannelType.Text), Some.Message(1000, 110));

        Assert.Equal((true, Some.Id(10)), (changes.Channels[Some.Id(110)].IsDeleted, changes.Channels[Some.Id(110)].CategoryId));
        Assert.Single(changes.Messages);
    }

    [Fact]
    public void New_channel_is_written_and_known_from_then_on()
    {
        var builder = new Builder();

        var changes = builder.Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(140, name: "new", type: 15)), Some.Message(1000, 140));

        Assert.Equal(
            new ChannelRow(Some.Id(140), "new", null, IsStaff: false, IsDeleted: false, new ChannelType(15)),
            changes.Channels[Some.Id(140)]);
        Assert.Empty(changes.ToLookUp);
    }

    [Fact]
    public void New_category_is_written_as_a_category()
    {
        var changes = new Builder().Apply(new ChannelChanged(Some.GuildId, Some.Category(30, "topics")));

        Assert.Equal(new CategoryRow(Some.Id(30), "topics", IsDeleted: false), Assert.Single(changes.Categories).Value);
        Assert.Empty(changes.Channels);
    }

    [Fact]
    public void Channel_in_a_staff_category_is_staff()
    {
        var changes = new Builder().Apply(new ChannelChanged(Some.GuildId, Some.Channel(140, categoryId: 10)));

        Assert.True(changes.Channels[Some.Id(140)].IsStaff);
    }

    [Fact]
    public void Channel_that_the_settings_name_is_staff_in_any_category()
    {
        var changes = new Builder().Apply(new ChannelChanged(Some.GuildId, Some.Channel(130, categoryId: 20)));

        Assert.True(changes.Channels[Some.Id(130)].IsStaff);
    }

    [Fact]
    public void Channel_that_is_moved_out_of_a_staff_category_is_no_staff_any_more()
    {
        var changes = new Builder().Apply(new ChannelChanged(Some.GuildId, Some.Channel(110)));

        Assert.Equal((null, false), (changes.Channels[Some.Id(110)].CategoryId, changes.Channels[Some.Id(110)].IsStaff));
    }

    [Fact]
    public void Last_of_two_changes_in_a_batch_counts()
    {
        var changes = new Builder().Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(100, name: "one")),
            new ChannelChanged(Some.GuildId, Some.Channel(100, name: "two")));

        Assert.Equal("two", Assert.Single(changes.Channels).Value.Name);
    }

    [Fact]
    public void Deleted_channel_keeps_its_row_with_name_and_category_and_its_threads_go_with_it()
    {
        var builder = new Builder();

        var changes = builder.Apply(new ChannelDeleted(Some.GuildId, Some.Id(100), ChannelType.Text));

        var row = changes.Channels[Some.Id(100)];
        Assert.Equal((null, null, true), (row.Name, row.CategoryId, row.IsDeleted));
        Assert.Equal([Some.Id(200)], changes.DeletedThreads);
        Assert.DoesNotContain(Some.Id(100), builder.Directory.Channels.Keys);
    }

    [Fact]
    public void Channel_renamed_and_deleted_in_one_batch_keeps_the_last_name()
    {
        var changes = new Builder().Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(110, categoryId: 10, name: "last")),
            new ChannelDeleted(Some.GuildId, Some.Id(110), ChannelType.Text));

        Assert.Equal(
            new ChannelRow(Some.Id(110), "last", Some.Id(10), IsStaff: true, IsDeleted: true, ChannelType.Text),
            changes.Channels[Some.Id(110)]);
    }

    [Fact]
    public void Channel_that_comes_back_is_not_deleted_any_more()
    {
        var changes = new Builder().Apply(
            new ChannelDeleted(Some.GuildId, Some.Id(100), ChannelType.Text), new ChannelChanged(Some.GuildId, Some.Channel(100)));

        Assert.False(changes.Channels[Some.Id(100)].IsDeleted);
    }

    [Fact]
    public void Deleted_category_keeps_its_row()
    {
        var changes = new Builder().Apply(new ChannelDeleted(Some.GuildId, Some.Id(10), ChannelType.Category));

        Assert.Equal(new CategoryRow(Some.Id(10), null, IsDeleted: true), changes.Categories[Some.Id(10)]);
        Assert.Empty(changes.Channels);
    }

    [Fact]
    public void Deleting_a_channel_that_is_not_known_changes_nothing()
    {
        Assert.True((new Builder().Apply(new ChannelDeleted(Some.GuildId, Some.Id(999), ChannelType.Text))).IsEmpty);
    }

    [Fact]
    public void Mask_of_a_known_channel_leaves_the_stored_name()
    {
        var changes = new Builder().Apply(new ChannelChanged(Some.GuildId, Some.Channel(110, categoryId: 10, isHidden: true)));

        var row = changes.Channels[Some.Id(110)];
        Assert.Equal((null, Some.Id(10), false), (row.Name, row.CategoryId, row.IsDeleted));
    }

    [Fact]
    public void Mask_that_follows_the_real_name_in_one_batch_leaves_it()
    {
        var changes = new Builder().Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(100, name: "real")),
            new ChannelChanged(Some.GuildId, Some.Category(10, "real")),
            new ChannelChanged(Some.GuildId, Some.Channel(100, isHidden: true)),
            new ChannelChanged(Some.GuildId, Some.Category(10, isHidden: true)));

        Assert.Equal("real", changes.Channels[Some.Id(100)].Name);
        Assert.Equal("real", changes.Categories[Some.Id(10)].Name);
    }

    [Fact]
    public void Mask_of_a_channel_or_category_never_seen_is_no_row()
    {
        var changes = new Builder().Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(140, isHidden: true)),
            new ChannelChanged(Some.GuildId, Some.Category(40, isHidden: true)));

        Assert.True(changes.IsEmpty);
    }

    [Fact]
    public void Channel_that_becomes_visible_gets_its_row()
    {
        var changes = new Builder().Apply(
            new ChannelChanged(Some.GuildId, Some.Channel(140, isHidden: true)),
            new ChannelChanged(Some.GuildId, Some.Channel(140, name: "open")));

        Assert.Equal("open", changes.Channels[Some.Id(140)].Name);
    }
}
