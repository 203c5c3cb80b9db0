using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Tests.Ingest;

/// <summary>Which messages are kept, and where they belong.</summary>
public sealed class MessageRulesTests
{
    [Fact]
    public async Task Message_in_a_channel_is_kept_with_its_author_and_type()
    {
        var changes = await new Builder().ApplyAsync(Some.Message(1000, 100, Some.User(5), type: 19));

        var row = Assert.Single(changes.Messages).Value;
        Assert.Equal(new MessageRow(Some.Id(1000), Some.Id(100), null, Some.Id(5), 19, null, null), row);
        Assert.Equal(Some.User(5), changes.Authors[Some.Id(5)]);
    }

    [Fact]
    public async Task Message_in_a_thread_has_the_parents_id_as_channel_and_the_threads_id_beside_it()
    {
        var changes = await new Builder().ApplyAsync(Some.Message(1000, 200));

        var row = changes.Messages[Some.Id(1000)];
        Assert.Equal((Some.Id(100), Some.Id(200)), (row.ChannelId, row.ThreadId));
    }

    [Theory]
    [InlineData(18)]
    [InlineData(24)]
    public async Task Message_of_a_type_that_is_no_message_is_skipped(int type)
    {
        Assert.True((await new Builder().ApplyAsync(Some.Message(1000, 100, type: type))).IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(21)]
    [InlineData(46)]
    [InlineData(999)]
    public async Task Message_of_any_other_type_is_kept_with_its_number(int type)
    {
        var changes = await new Builder().ApplyAsync(Some.Message(1000, 100, type: type));

        Assert.Equal(type, changes.Messages[Some.Id(1000)].Type);
    }

    [Fact]
    public async Task Message_of_a_bot_is_skipped()
    {
        Assert.True((await new Builder().ApplyAsync(Some.Message(1000, 100, Some.User(5, isBot: true)))).IsEmpty);
    }

    [Fact]
    public async Task Message_of_a_webhook_is_skipped_also_when_its_author_is_no_bot()
    {
        Assert.True((await new Builder().ApplyAsync(Some.Message(1000, 100, isWebhook: true))).IsEmpty);
    }

    [Fact]
    public async Task Messages_of_bots_and_webhooks_are_kept_when_the_settings_say_so()
    {
        var changes = await new Builder(collectBots: true).ApplyAsync(
            Some.Message(1000, 100, Some.User(5, isBot: true)), Some.Message(1001, 100, Some.User(6, isBot: true), isWebhook: true));

        Assert.Equal([Some.Id(1000), Some.Id(1001)], changes.Messages.Keys);
        Assert.True(changes.Authors[Some.Id(5)].IsBot);
    }

    [Fact]
    public async Task Thread_created_messages_of_bots_are_skipped_also_when_bots_are_collected()
    {
        var changes = await new Builder(collectBots: true).ApplyAsync(Some.Message(1000, 100, Some.User(5, isBot: true), type: 18));

        Assert.True(changes.IsEmpty);
    }

    [Fact]
    public async Task Message_in_an_ignored_category_is_skipped_with_its_author()
    {
        Assert.True((await new Builder().ApplyAsync(Some.Message(1000, 120))).IsEmpty);
    }

    [Fact]
    public async Task Message_in_a_thread_of_an_ignored_category_is_skipped()
    {
        var builder = new Builder();
        await builder.ApplyAsync(new ThreadChanged(Some.GuildId, Some.Thread(220, 120)));

        var changes = await builder.ApplyAsync(Some.Message(1000, 220));

        Assert.Empty(changes.Messages);
    }

    [Fact]
    public async Task Channel_moved_out_of_an_ignored_category_is_collected_from_then_on()
    {
        var changes = await new Builder().ApplyAsync(
            Some.Message(1000, 120),
            new ChannelChanged(Some.GuildId, Some.Channel(120, categoryId: 10)),
            Some.Message(1001, 120));

        Assert.Equal([Some.Id(1001)], changes.Messages.Keys);
    }

    [Fact]
    public async Task Channel_moved_into_an_ignored_category_is_not_collected_any_more()
    {
        var changes = await new Builder().ApplyAsync(
            Some.Message(1000, 100),
            new ChannelChanged(Some.GuildId, Some.Channel(100, categoryId: 20)),
            Some.Message(1001, 100));

        Assert.Equal([Some.Id(1000)], changes.Messages.Keys);
    }

    [Fact]
    public async Task Message_in_an_unknown_thread_brings_the_thread_that_discord_tells_of()
    {
        var builder = new Builder();
        builder.Discord.Knows(Some.Thread(300, 110));

        var changes = await builder.ApplyAsync(Some.Message(1000, 300));

        Assert.Equal(Some.Id(110), changes.Threads[Some.Id(300)].ParentId);
        Assert.Equal((Some.Id(110), Some.Id(300)), (changes.Messages[Some.Id(1000)].ChannelId, changes.Messages[Some.Id(1000)].ThreadId));
    }

    [Fact]
    public async Task Message_in_an_unknown_thread_of_an_unknown_channel_brings_both()
    {
        var builder = new Builder();
        builder.Discord.Knows(Some.Thread(300, 140)).Knows(Some.Channel(140, categoryId: 10));

        var changes = await builder.ApplyAsync(Some.Message(1000, 300));

        Assert.True(changes.Channels[Some.Id(140)].IsStaff);
        Assert.Equal(Some.Id(140), changes.Messages[Some.Id(1000)].ChannelId);
    }

    [Fact]
    public async Task Message_in_an_unknown_thread_of_an_ignored_category_is_skipped_but_its_thread_is_kept()
    {
        var builder = new Builder();
        builder.Discord.Knows(Some.Thread(300, 120));

        var changes = await builder.ApplyAsync(Some.Message(1000, 300));

        Assert.Empty(changes.Messages);
        Assert.Single(changes.Threads);
    }

    [Fact]
    public async Task Message_in_a_thread_whose_parent_nobody_knows_is_kept()
    {
        var builder = new Builder();
        builder.Discord.Knows(Some.Thread(300, 999));

        var changes = await builder.ApplyAsync(Some.Message(1000, 300));

        Assert.Equal(Some.Id(999), changes.Messages[Some.Id(1000)].ChannelId);
    }

    [Fact]
    public async Task Message_in_an_unknown_channel_brings_the_channel()
    {
        var builder = new Builder();
        builder.Discord.Knows(Some.Channel(140, name: "new"));

        var changes = await builder.ApplyAsync(Some.Message(1000, 140));

        Assert.Equal("new", changes.Channels[Some.Id(140)].Name);
        Assert.Single(changes.Messages);
    }

    [Fact]
    public async Task Message_in_a_channel_that_nobody_can_tell_of_is_kept_under_a_stand_in_and_asked_for_once()
    {
        var builder = new Builder();

        var changes = await builder.ApplyAsync(Some.Message(1000, 999), Some.Message(1001, 999));

        Assert.Null(changes.Channels[Some.Id(999)].Name);
        Assert.Equal(2, changes.Messages.Count);
        Assert.Equal([Some.Id(999)], builder.Discord.Asked);
        Assert.Equal(IngestLogEvents.ChannelUnknown, Assert.Single(builder.Log.GetSnapshot()).Id.Id);
    }

    [Fact]
    public async Task Message_in_a_known_channel_asks_discord_nothing()
    {
        var builder = new Builder();

        await builder.ApplyAsync(Some.Message(1000, 100), Some.Message(1001, 200));

        Assert.Empty(builder.Discord.Asked);
    }

    [Fact]
    public async Task Skipped_message_in_an_unknown_channel_asks_discord_nothing()
    {
        var builder = new Builder();

        await builder.ApplyAsync(Some.Message(1000, 999, Some.User(5, isBot: true)));

        Assert.Empty(builder.Discord.Asked);
    }
}
