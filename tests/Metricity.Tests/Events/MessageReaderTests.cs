using Metricity.Events;
using static Metricity.Tests.Events.Examples;

namespace Metricity.Tests.Events;

public sealed class MessageReaderTests
{
    [Fact]
    public void Message_from_the_gateway_becomes_facts_with_author_and_membership()
    {
        var created = Decode<MessageCreated>("MESSAGE_CREATE", MessageJson);

        Assert.Equal(Id(GuildId), created.GuildId);
        Assert.Equal(
            new MessageFacts(
                Id("1100000000000009001"),
                Id("1100000000000000101"),
                ChannelType.Text,
                Type: 0,
                new UserFacts(
                    Id("1100000000000000010"),
                    "ann",
                    "a_0123456789abcdef0123456789abcdef",
                    IsBot: false,
                    PublicFlags: 64,
                    IsMember: true,
                    "feedfacefeedfacefeedfacefeedface",
                    new DateTime(2023, 9, 9, 9, 9, 9, DateTimeKind.Utc),
                    Pending: false,
                    IsStaff: true),
                IsWebhook: false,
                EditedAt: null),
            created.Message);
    }

    [Fact]
    public void Member_before_author_gives_the_same_facts()
    {
        var json =
            $$"""
            {"member":{{{MembershipJson}}},"author":{{UserJson}},"type":0,"channel_type":0,"guild_id":"1100000000000000000",
            "channel_id":"1100000000000000101","id":"1100000000000009001"}
            """;

        var reordered = Decode<MessageCreated>("MESSAGE_CREATE", json);

        Assert.Equal(Decode<MessageCreated>("MESSAGE_CREATE", MessageJson), reordered);
    }

    [Theory]
    [InlineData(""" "member":null, """)]
    [InlineData("")]
    [InlineData(""" "member":{"nick":"x"}, """)]
    public void Message_without_a_membership_says_nothing_about_one(string member)
    {
        var json = $$"""{{{member}}"author":{{UserJson}},"type":0,"guild_id":"1","channel_id":"2","id":"3"}""";

        var author = Decode<MessageCreated>("MESSAGE_CREATE", json).Message.Author;

        Assert.False(author.IsMember);
        Assert.False(author.IsStaff);
        Assert.Null(author.Pending);
    }

    [Theory]
    [InlineData("\"1100000000000000500\"", true)]
    [InlineData("17", true)]
    [InlineData("null", false)]
    public void Webhook_id_that_is_not_null_marks_a_webhook(string webhookId, bool expected)
    {
        var json = $$"""{"webhook_id":{{webhookId}},"author":{{UserJson}},"type":0,"guild_id":"1","channel_id":"2","id":"3"}""";

        Assert.Equal(expected, Decode<MessageCreated>("MESSAGE_CREATE", json).Message.IsWebhook);
    }

    [Theory]
    [InlineData("MESSAGE_CREATE")]
    [InlineData("MESSAGE_UPDATE")]
    [InlineData("MESSAGE_DELETE")]
    public void Event_without_a_guild_is_not_kept(string type)
    {
        Assert.Null(Decode(type, MessageJson.Replace("\"guild_id\":\"1100000000000000000\",", "", StringComparison.Ordinal)));
        Assert.Null(Decode(type, MessageJson.Replace("\"1100000000000000000\"", "null", StringComparison.Ordinal)));
    }

    [Fact]
    public void Unknown_message_and_channel_types_are_kept_as_numbers()
    {
        var json = MessageJson.Replace("\"type\":0,\"channel_type\":0", "\"type\":4711,\"channel_type\":99", StringComparison.Ordinal);

        var message = Decode<MessageCreated>("MESSAGE_CREATE", json).Message;

        Assert.Equal(4711, message.Type);
        Assert.Equal(new ChannelType(99), message.ChannelType);
    }

    [Fact]
    public void Nested_messages_and_channels_do_not_leak_into_the_message()
    {
        var json = MessageJson.Replace(
            "\"pinned\"",
            $$"""
            "referenced_message":{{MessageJson.Replace("9001", "7777", StringComparison.Ordinal)}},"thread":{{ThreadJson}},
            "message_reference":{"message_id":"5","channel_id":"6","guild_id":"7"},"mentions":[{{UserJson}}],"pinned"
            """,
            StringComparison.Ordinal);

        Assert.Equal(Decode<MessageCreated>("MESSAGE_CREATE", MessageJson), Decode<MessageCreated>("MESSAGE_CREATE", json));
    }

    [Theory]
    [InlineData("message.id", """{"channel_id":"2","guild_id":"1","type":0,"author":{"id":"4","username":"n"}}""")]
    [InlineData("message.channel_id", """{"id":"3","guild_id":"1","type":0,"author":{"id":"4","username":"n"}}""")]
    [InlineData("message.type", """{"id":"3","channel_id":"2","guild_id":"1","author":{"id":"4","username":"n"}}""")]
    [InlineData("message.author", """{"id":"3","channel_id":"2","guild_id":"1","type":0,"author":null}""")]
    [InlineData("user.id", """{"id":"3","channel_id":"2","guild_id":"1","type":0,"author":{"username":"n"}}""")]
    [InlineData("user.username", """{"id":"3","channel_id":"2","guild_id":"1","type":0,"author":{"id":"4","username":null}}""")]
    public void Message_without_a_field_it_must_have_is_malformed_by_that_name(string field, string json)
    {
        Assert.Equal($"MESSAGE_CREATE.{field}", Malformed("MESSAGE_CREATE", json).Field);
    }

    [Fact]
    public void Update_needs_only_the_ids()
    {
        var updated = Decode<MessageUpdated>("MESSAGE_UPDATE", """{"id":"3","channel_id":"2","guild_id":"1"}""");

        Assert.Equal(new MessageUpdated(Id("1"), Id("3"), null), updated);
    }

    [Fact]
    public void Update_of_an_edit_tells_when_in_utc_to_the_microsecond()
    {
        var json = """{"id":"3","channel_id":"2","guild_id":"1","edited_timestamp":"2024-06-01T12:00:00.123456+00:00"}""";

        var editedAt = Decode<MessageUpdated>("MESSAGE_UPDATE", json).EditedAt;

        Assert.Equal(new DateTime(2024, 6, 1, 12, 0, 0, 123, 456, DateTimeKind.Utc), editedAt);
        Assert.Equal(DateTimeKind.Utc, editedAt!.Value.Kind);
    }

    [Fact]
    public void Delete_names_one_message_and_bulk_delete_all()
    {
        var one = Decode<MessagesDeleted>("MESSAGE_DELETE", ByEvent["MESSAGE_DELETE"]);
        var many = Decode<MessagesDeleted>("MESSAGE_DELETE_BULK", ByEvent["MESSAGE_DELETE_BULK"]);

        Assert.Equal([Id("1100000000000009001")], one.MessageIds);
        Assert.Equal([Id("1100000000000009002"), Id("1100000000000009003")], many.MessageIds);
        Assert.Equal(Id(GuildId), many.GuildId);
    }

    [Fact]
    public void Rest_list_gives_messages_without_guild_or_membership()
    {
        var messages = Read(
            $$"""
            [{"id":"4","channel_id":"2","type":19,"author":{{UserJson}}},
            {"id":"3","channel_id":"2","type":0,"author":{{UserJson}}}]
            """,
            MessageReader.ReadList);

        Assert.Equal([Id("4"), Id("3")], messages.Select(message => message.Id));
        Assert.All(messages, message => Assert.Null(message.ChannelType));
        Assert.All(messages, message => Assert.False(message.Author.IsMember));
    }

    [Fact]
    public void Author_who_changed_is_told_anew_and_one_who_did_not_is_the_same_record()
    {
        var decoder = NewDecoder();
        var first = DecodeAuthor(MessageJson);
        var same = DecodeAuthor(MessageJson);

        Assert.Same(first, same);
        string[] changes =
        [
            "\"ann\"→\"bea\"",
            "a_0123→a_9999",
            ":64→:65",
            "feed→dead",
            "2023→2022",
            "\"pending\":false→\"pending\":true",
            "1100000000000000300→1100000000000000301",
            "\"public_flags\"→\"bot\":true,\"public_flags\"",
            "\"member\"→\"other\"",
        ];
        foreach (var change in changes)
        {
            var parts = change.Split('→');
            var changed = DecodeAuthor(MessageJson.Replace(parts[0], parts[1], StringComparison.Ordinal));

            Assert.NotEqual(first, changed);
            Assert.Equal(first, DecodeAuthor(MessageJson));
        }

        UserFacts DecodeAuthor(string json) =>
            ((MessageCreated)decoder.Decode("MESSAGE_CREATE", System.Text.Encoding.UTF8.GetBytes(json))!).Message.Author;
    }
}
