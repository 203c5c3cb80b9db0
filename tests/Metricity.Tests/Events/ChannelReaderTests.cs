using Metricity.Events;
using Metricity.Rest;
using static Metricity.Tests.Events.Examples;

namespace Metricity.Tests.Events;

public sealed class ChannelReaderTests
{
    [Theory]
    [InlineData("CHANNEL_CREATE")]
    [InlineData("CHANNEL_UPDATE")]
    public void Channel_event_tells_name_type_and_category(string type)
    {
        var changed = Decode<ChannelChanged>(type, ChannelJson);

        Assert.Equal(Id(GuildId), changed.GuildId);
        Assert.Equal(
            new ChannelFacts(Id("1100000000000000101"), ChannelType.Text, "general", Id("1100000000000000100"), IsHidden: false),
            changed.Channel);
    }

    [Fact]
    public void Hidden_channel_has_no_name_and_keeps_its_category()
    {
        var json = """{"id":"5","type":0,"guild_id":"1","name":"___hidden___","parent_id":"4","flags":131074}""";

        var channel = Decode<ChannelChanged>("CHANNEL_UPDATE", json).Channel;

        Assert.Equal(new ChannelFacts(Id("5"), ChannelType.Text, null, Id("4"), IsHidden: true), channel);
    }

    [Fact]
    public void Channel_that_is_really_called_hidden_keeps_its_name()
    {
        var json = """{"id":"5","type":0,"guild_id":"1","name":"___hidden___","flags":2}""";

        Assert.Equal("___hidden___", Decode<ChannelChanged>("CHANNEL_UPDATE", json).Channel.Name);
    }

    [Theory]
    [InlineData("CHANNEL_CREATE")]
    [InlineData("CHANNEL_DELETE")]
    public void Channel_of_no_guild_is_not_kept(string type)
    {
        Assert.Null(Decode(type, """{"id":"5","type":1,"recipients":[]}"""));
    }

    [Fact]
    public void Unknown_channel_type_is_kept()
    {
        Assert.Equal(new ChannelType(77), Decode<ChannelChanged>("CHANNEL_CREATE", """{"id":"5","type":77,"guild_id":"1"}""").Channel.Type);
    }

    [Fact]
    public void Channel_delete_tells_the_type()
    {
        var deleted = Decode<ChannelDeleted>("CHANNEL_DELETE", """{"id":"5","type":4,"guild_id":"1","name":"x"}""");

        Assert.Equal(new ChannelDeleted(Id("1"), Id("5"), ChannelType.Category), deleted);
    }

    [Theory]
    [InlineData("CHANNEL_CREATE", typeof(ThreadChanged))]
    [InlineData("CHANNEL_UPDATE", typeof(ThreadChanged))]
    [InlineData("CHANNEL_DELETE", typeof(ThreadDeleted))]
    public void Thread_in_a_channel_event_is_a_thread(string type, Type expected)
    {
        Assert.IsType(expected, Decode(type, ThreadJson));
    }

    [Theory]
    [InlineData("THREAD_CREATE")]
    [InlineData("THREAD_UPDATE")]
    public void Thread_event_tells_all_that_is_kept(string type)
    {
        var thread = Decode<ThreadChanged>(type, ThreadJson).Thread;

        var at = new DateTime(2024, 5, 6, 7, 8, 9, 101, DateTimeKind.Utc);
        Assert.Equal([Id("1100000000000000401"), Id("1100000000000000402")], thread.AppliedTags);
        Assert.Equal(
            new ThreadFacts(
                Id("1100000000000000200"),
                Id("1100000000000000101"),
                ChannelType.PublicThread,
                "a thread",
                Id("1100000000000000010"),
                at,
                IsArchived: false,
                ArchivedAt: null,
                AutoArchiveDuration: 1440,
                IsLocked: false,
                thread.AppliedTags),
            thread);
    }

    [Fact]
    public void Archived_thread_tells_since_when()
    {
        var json = ThreadJson.Replace("\"archived\":false", "\"archived\":true", StringComparison.Ordinal);

        var thread = Decode<ThreadChanged>("THREAD_UPDATE", json).Thread;

        Assert.True(thread.IsArchived);
        Assert.Equal(new DateTime(2024, 5, 6, 7, 8, 9, 101, DateTimeKind.Utc), thread.ArchivedAt);
    }

    [Fact]
    public void Thread_without_create_time_owner_and_tags_has_none()
    {
        var json =
            """
            {"id":"5","type":12,"guild_id":"1","parent_id":"4","name":"n","applied_tags":null,"owner_id":null,
            "thread_metadata":{"archived":false,"auto_archive_duration":60,"archive_timestamp":null,"locked":true,"create_timestamp":null}}
            """;

        var thread = Decode<ThreadChanged>("THREAD_CREATE", json).Thread;

        Assert.Null(thread.CreatedAt);
        Assert.Null(thread.OwnerId);
        Assert.Empty(thread.AppliedTags);
        Assert.True(thread.IsLocked);
    }

    [Theory]
    [InlineData("thread.thread_metadata", """{"id":"5","type":11,"guild_id":"1","parent_id":"4","name":"n"}""")]
    [InlineData("thread_metadata.archived", """{"id":"5","type":11,"guild_id":"1","parent_id":"4","name":"n","thread_metadata":{}}""")]
    [InlineData("thread.guild_id", """{"id":"5","type":11,"parent_id":"4","name":"n"}""")]
    [InlineData(
        "thread.parent_id",
        """{"id":"5","type":11,"guild_id":"1","name":"n","thread_metadata":{"archived":true,"auto_archive_duration":60}}""")]
    [InlineData("channel.type", """{"id":"5","guild_id":"1","name":"n"}""")]
    public void Thread_without_what_it_must_have_is_malformed_by_that_name(string field, string json)
    {
        Assert.Equal($"THREAD_CREATE.{field}", Malformed("THREAD_CREATE", json).Field);
    }

    [Fact]
    public void Thread_delete_needs_no_more_than_the_ids_and_the_type()
    {
        Assert.Equal(
            new ThreadDeleted(Id(GuildId), Id("1100000000000000200")),
            Decode("THREAD_DELETE", ByEvent["THREAD_DELETE"]));
    }

    [Fact]
    public void List_sync_tells_the_parents()
    {
        var synced = Decode<ThreadListSynced>("THREAD_LIST_SYNC", ByEvent["THREAD_LIST_SYNC"]);

        Assert.Equal([Id("1100000000000000101")], synced.ParentIds!);
        Assert.Equal(Id("1100000000000000200"), Assert.Single(synced.Threads).Id);
    }

    [Fact]
    public void List_sync_without_parents_is_of_the_whole_guild_but_with_null_of_none()
    {
        var whole = Decode<ThreadListSynced>("THREAD_LIST_SYNC", """{"guild_id":"1","threads":[]}""");
        var none = Decode<ThreadListSynced>("THREAD_LIST_SYNC", """{"guild_id":"1","channel_ids":null,"threads":[]}""");

        Assert.Null(whole.ParentIds);
        Assert.Empty(none.ParentIds!);
    }

    [Fact]
    public void List_sync_counts_the_threads_it_left_out()
    {
        var synced = Decode<ThreadListSynced>(
            "THREAD_LIST_SYNC",
            $$"""{"guild_id":"1","threads":[{"id":"5","type":11,"name":"no parent"},{{ThreadJson}},{{ChannelJson}}]}""");

        Assert.Single(synced.Threads);
        Assert.Equal(2, synced.SkippedElements);
    }

    [Fact]
    public void List_sync_without_threads_is_malformed_and_not_empty()
    {
        Assert.Equal("THREAD_LIST_SYNC.threads", Malformed("THREAD_LIST_SYNC", """{"guild_id":"1"}""").Field);
    }

    [Fact]
    public void Rest_answers_are_read_by_the_same_readers()
    {
        var page = Read($$"""{"has_more":true,"members":[],"threads":[{{ThreadJson}}]}""", RestReaders.ReadThreadPage);
        var channel = Read(ChannelJson, RestReaders.ReadChannelOrThread);
        var thread = Read(ThreadJson, RestReaders.ReadChannelOrThread);

        Assert.True(page.HasMore);
        Assert.Single(page.Threads);
        Assert.Equal(("general", null), (channel.Channel?.Name, channel.Thread));
        Assert.Equal((null, "a thread"), (thread.Channel, thread.Thread?.Name));
    }
}
