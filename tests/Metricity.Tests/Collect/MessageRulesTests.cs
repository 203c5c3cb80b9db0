using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tests.Collect;

/// <summary>Which messages are kept, and where they belong.</summary>
public sealed class MessageRulesTests
{
    [Fact]
    public void Message_in_a_channel_is_kept_with_its_author_and_type()
    {
        var changes = new Builder().Apply(Some.Message(1000, 100, Some.User(5), type: 19));

        var row = Assert.Single(changes.Messages).Value;
        Assert.Equal(new MessageRow(Some.Id(1000), Some.Id(100), null, Some.Id(5), 19, null, null), row);
        Assert.Equal(Some.User(5), changes.Authors[Some.Id(5)]);
    }

    [Fact]
    public void Message_in_a_thread_has_the_parents_id_as_channel_and_the_threads_id_beside_it()
    {
        var changes = new Builder().Apply(Some.Message(1000, 200));

        var row = changes.Messages[Some.Id(1000)];
        Assert.Equal((Some.Id(100), Some.Id(200)), (row.ChannelId, row.ThreadId));
    }

    [Theory]
    [InlineData(18)]
    [InlineData(24)]
    public void Message_of_a_type_that_is_no_message_is_skipped(int type)
    {
        Assert.True((new Builder().Apply(Some.Message(1000, 100, type: type))).IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(21)]
    [InlineData(46)]
    [InlineData(999)]
    public void Message_of_any_other_type_is_kept_with_its_number(int type)
    {
        var changes = new Builder().Apply(Some.Message(1000, 100, type: type));

        Assert.Equal(type, changes.Messages[Some.Id(1000)].Type);
    }

    [Fact]
    public void Message_of_a_bot_is_skipped()
    {
        Assert.True((new Builder().Apply(Some.Message(1000, 100, Some.User(5, isBot: true)))).IsEmpty);
    }

    [Fact]
    public void Message_of_a_webhook_is_skipped_also_when_its_author_is_no_bot()
    {
        Assert.True((new Builder().Apply(Some.Message(1000, 100, isWebhook: true))).IsEmpty);
    }

    [Fact]
    public void Messages_of_bots_and_webhooks_are_kept_when_the_settings_say_so()
    {
        var changes = new Builder(collectBots: true).Apply(
            Some.Message(1000, 100, Some.User(5, isBot: true)), Some.Message(1001, 100, Some.User(6, isBot: true), isWebhook: true));

        Assert.Equal([Some.Id(1000), Some.Id(1001)], changes.Messages.Keys);
        Assert.True(changes.Authors[Some.Id(5)].IsBot);
    }

    [Fact]
    public void Thread_created_messages_of_bots_are_skipped_also_when_bots_are_collected()
    {
        var changes = new Builder(collectBots: true).Apply(Some.Message(1000, 100, Some.User(5, isBot: true), type: 18));

        Assert.True(changes.IsEmpty);
    }

    [Fact]
    public void Message_in_an_ignored_category_is_skipped_with_its_author()
    {
        Assert.True((new Builder().Apply(Some.Message(1000, 120))).IsEmpty);
    }

    [Fact]
    public void Message_in_a_thread_of_an_ignored_category_is_skipped()
    {
        var builder = new Builder();
        builder.Apply(new ThreadChanged(Some.GuildId, Some.Thread(220, 120)));

        var changes = builder.Apply(Some.Message(1000, 220));

        Assert.Empty(changes.Messages);
    }

    [Fact]
    public void Channel_moved_out_of_an_ignored_category_is_collected_from_then_on()
    {
        var changes = new Builder().Apply(
            Some.Message(1000, 120),
            new ChannelChanged(Some.GuildId, Some.Channel(120, categoryId: 10)),
            Some.Message(1001, 120));

        Assert.Equal([Some.Id(1001)], changes.Messages.Keys);
    }

    [Fact]
    public void Channel_moved_into_an_ignored_category_is_not_collected_any_more()
    {
        var changes = new Builder().Apply(
            Some.Message(1000, 100),
            new ChannelChanged(Some.GuildId, Some.Channel(100, categoryId: 20)),
            Some.Message(1001, 100));

        Assert.Equal([Some.Id(1000)], changes.Messages.Keys);
    }
}
