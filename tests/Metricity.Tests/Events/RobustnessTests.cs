using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

/// <summary>Payloads that a healthy Discord never sends, and names that only a joker would choose.</summary>
public sealed class RobustnessTests
{
    [Theory]
    [InlineData(@"\ud800", "\uFFFD")]
    [InlineData(@"a\udc00b", "a\uFFFDb")]
    [InlineData(@"\ud83d\u0041", "\uFFFDA")]
    [InlineData(@"\ud800\ud83d\ude00", "\uFFFD😀")]
    [InlineData(@"\ud83d\ude00", "😀")]
    [InlineData(@"\u00e9\u20AC", "é€")]
    [InlineData(@"a\u0000b", "a\0b")]
    [InlineData(@"\""\\\/\b\f\n\r\t", "\"\\/\b\f\n\r\t")]
    [InlineData("😀é", "😀é")]
    [InlineData("", "")]
    public void Name_never_costs_the_event(string escaped, string expected)
    {
        var json = Examples.MemberEventJson.Replace("\"ann\"", $"\"{escaped}\"", StringComparison.Ordinal);

        var member = Examples.Decode<MemberJoined>("GUILD_MEMBER_ADD", json).Member;

        Assert.Equal(expected, member.Name);
    }

    [Fact]
    public void Long_escaped_name_is_read_whole()
    {
        var json = Examples.ChannelJson.Replace("general", string.Concat(Enumerable.Repeat(@"\u00e9x", 5000)), StringComparison.Ordinal);

        var channel = Examples.Decode<ChannelChanged>("CHANNEL_UPDATE", json).Channel;

        Assert.Equal(string.Concat(Enumerable.Repeat("éx", 5000)), channel.Name);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF }, "\uFFFD")]
    [InlineData(new byte[] { 0xC3, 0x28 }, "\uFFFD(")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, "\uFFFD")]
    public void Invalid_utf8_in_a_name_is_replaced(byte[] bytes, string expected)
    {
        var json = Encoding.UTF8.GetBytes(Examples.ChannelJson.Replace("general", "general#", StringComparison.Ordinal)).AsSpan();
        var place = json.IndexOf("#"u8);
        byte[] broken = [.. json[..place], .. bytes, .. json[(place + 1)..]];

        var changed = Assert.IsType<ChannelChanged>(Examples.NewDecoder().Decode("CHANNEL_UPDATE", broken));

        Assert.Equal("general" + expected, changed.Channel.Name);
    }

    [Fact]
    public void Invalid_utf8_and_lone_surrogates_in_skipped_fields_and_keys_do_not_matter()
    {
        byte[] json = [.. """{"content":" \ud800 """u8, 0xFF, .. """ ","\ud800":[],"\u0069d":"3","guild_id":"1" """u8, .. "}"u8];

        Assert.Equal(
            new MessageUpdated(Examples.Id("1"), Examples.Id("3"), null),
            Examples.NewDecoder().Decode("MESSAGE_UPDATE", json));
    }

    [Fact]
    public void Number_in_place_of_an_id_is_accepted()
    {
        var updated = Examples.Decode<MessageUpdated>("MESSAGE_UPDATE", """{"id":1100000000000009001,"guild_id":18446744073709551615}""");

        Assert.Equal(Examples.Id("1100000000000009001"), updated.MessageId);
        Assert.Equal(new Snowflake(ulong.MaxValue), updated.GuildId);
    }

    [Theory]
    [InlineData("\"18446744073709551616\"")]
    [InlineData("18446744073709551616")]
    [InlineData("\"-1\"")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("\"\"")]
    [InlineData("\" 1\"")]
    [InlineData("\"0\"")]
    [InlineData("true")]
    [InlineData("[\"1\"]")]
    [InlineData("{\"id\":\"1\"}")]
    public void Id_that_is_none_is_malformed(string id)
    {
        var json = $$"""{"id":{{id}},"guild_id":"1"}""";

        Assert.Equal("MESSAGE_UPDATE.message.id", Examples.Malformed("MESSAGE_UPDATE", json).Field);
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_counts()
    {
        var updated = Examples.Decode<MessageUpdated>("MESSAGE_UPDATE", """{"id":"1","guild_id":"2","id":"3","guild_id":"4"}""");

        Assert.Equal(new MessageUpdated(Examples.Id("4"), Examples.Id("3"), null), updated);
    }

    [Fact]
    public void Nesting_deeper_than_64_is_skipped_and_beyond_all_sense_malformed()
    {
        Assert.IsType<MessageUpdated>(Examples.Decode("MESSAGE_UPDATE", Nested(200)));
        Assert.Equal("MESSAGE_UPDATE.json", Examples.Malformed("MESSAGE_UPDATE", Nested(100_000)).Field);

        static string Nested(int depth) =>
            $$"""{"embeds":{{new string('[', depth)}}{{new string(']', depth)}},"id":"3","guild_id":"1"}""";
    }

    [Fact]
    public void Payload_of_10_megabytes_is_read_without_a_copy_of_it()
    {
        var json = Encoding.UTF8.GetBytes(
            $$"""{"content":"{{new string('x', 5_000_000)}}","embeds":["{{new string('y', 5_000_000)}}"],"id":"3","guild_id":"1"}""");
        var decoder = Examples.NewDecoder();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var decoded = decoder.Decode("MESSAGE_UPDATE", json);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.IsType<MessageUpdated>(decoded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("\"{}\"")]
    public void Payload_that_is_no_object_is_malformed(string json)
    {
        Assert.Equal("MESSAGE_CREATE.message", Examples.Malformed("MESSAGE_CREATE", json).Field);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{'id':1}")]
    [InlineData("{\"id\":\"\\uZZZZ\"}")]
    [InlineData("{\"id\":\"\u0001\"}")]
    [InlineData("{\"id\":01}")]
    [InlineData("{} x")]
    [InlineData("{/* */}")]
    [InlineData("\uFEFF{}")]
    public void Payload_that_is_no_json_is_malformed_json(string json)
    {
        var payload = json.Replace("{}", Examples.ByEvent["GUILD_ROLE_DELETE"], StringComparison.Ordinal);

        Assert.Equal("GUILD_ROLE_DELETE.json", Examples.Malformed("GUILD_ROLE_DELETE", payload).Field);
    }

    [Fact]
    public void Broken_json_inside_a_list_is_malformed_and_no_skipped_element()
    {
        var json = """{"guild_id":"1","chunk_index":0,"chunk_count":1,"members":[{"user":7,"roles":[}]}""";

        Assert.Equal("GUILD_MEMBERS_CHUNK.json", Examples.Malformed("GUILD_MEMBERS_CHUNK", json).Field);
    }

    [Fact]
    public void Guild_of_10_megabytes_is_read_without_what_is_skipped()
    {
        var presence = $$"""{"user":{"id":"1"},"activities":[{"name":"{{new string('x', 1000)}}"}]}""";
        var json = Encoding.UTF8.GetBytes(Examples.GuildJson.Replace(
            "\"presences\":[]", $"\"presences\":[{string.Join(',', Enumerable.Repeat(presence, 10_000))}]", StringComparison.Ordinal));
        Assert.True(json.Length > 10_000_000);
        var decoder = Examples.NewDecoder();
        decoder.Decode("GUILD_CREATE", Encoding.UTF8.GetBytes(Examples.GuildJson));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var guild = Assert.IsType<GuildAvailable>(decoder.Decode("GUILD_CREATE", json));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal((2, 1, 1, 0), (guild.Channels.Count, guild.Threads.Count, guild.Members.Count, guild.SkippedElements));
    }

    [Fact]
    public void Of_a_key_of_a_record_that_comes_twice_the_last_counts()
    {
        var json = """{"id":"5","type":4,"guild_id":"1","name":"a","name":"b","type":0}""";

        var channel = Examples.Decode<ChannelChanged>("CHANNEL_UPDATE", json).Channel;

        Assert.Equal(("b", ChannelType.Text), (channel.Name, channel.Type));
    }

    [Theory]
    [InlineData("\"name\":7", "name")]
    [InlineData("\"flags\":\"x\"", "flags")]
    [InlineData("\"parent_id\":{}", "parent_id")]
    [InlineData("\"guild_id\":[]", "guild_id")]
    [InlineData("\"applied_tags\":{}", "applied_tags")]
    [InlineData("\"thread_metadata\":{\"archived\":\"kanarienvogel\"}", "thread_metadata.archived")]
    public void Record_with_a_wrong_value_is_malformed_by_the_path_to_it(string wrong, string path)
    {
        Assert.Equal(
            $"CHANNEL_CREATE.{path}", Examples.Malformed("CHANNEL_CREATE", $$"""{"id":"5","type":0,"guild_id":"1",{{wrong}}}""").Field);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"x\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"5\",\"type\":0,\"\\ud800\":1}")]
    [InlineData("{\"id\":\"5\",\"type\":1e9}")]
    public void Element_of_any_form_costs_only_itself(string element)
    {
        var json = $$"""{"id":"1","channels":[{{Examples.ChannelJson}},{{element}},{{Examples.ChannelJson}}]}""";

        var guild = Examples.Decode<GuildAvailable>("GUILD_CREATE", json);

        Assert.Equal((2, 1), (guild.Channels.Count, guild.SkippedElements));
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("threads")]
    public void Null_in_place_of_a_list_is_malformed_and_not_empty(string list)
    {
        Assert.Equal($"GUILD_CREATE.{list}", Examples.Malformed("GUILD_CREATE", $$"""{"id":"1","{{list}}":null}""").Field);
    }
}
