using Metricity.Events;
using static Metricity.Tests.Events.Examples;

namespace Metricity.Tests.Events;

public sealed class MemberReaderTests
{
    [Fact]
    public void Join_and_update_tell_user_and_membership()
    {
        var expected = new UserFacts(
            Id("1100000000000000010"),
            "ann",
            "a_0123456789abcdef0123456789abcdef",
            IsBot: false,
            PublicFlags: 64,
            IsMember: true,
            "feedfacefeedfacefeedfacefeedface",
            new DateTime(2023, 9, 9, 9, 9, 9, DateTimeKind.Utc),
            Pending: false,
            IsStaff: true);

        Assert.Equal(new MemberJoined(Id(GuildId), expected), Decode("GUILD_MEMBER_ADD", MemberEventJson));
        Assert.Equal(new MemberUpdated(Id(GuildId), expected), Decode("GUILD_MEMBER_UPDATE", MemberEventJson));
    }

    [Theory]
    [InlineData(""" "joined_at":null,"avatar":null,"pending":null, """)]
    [InlineData("")]
    public void What_the_payload_does_not_tell_is_null(string fields)
    {
        var json = $$"""{"guild_id":"1",{{fields}}"user":{"id":"4","username":"n"},"roles":[]}""";

        var member = Decode<MemberUpdated>("GUILD_MEMBER_UPDATE", json).Member;

        Assert.Equal(new UserFacts(Id("4"), "n", null, false, 0, true, null, null, null, false), member);
    }

    [Fact]
    public void Bot_and_large_public_flags_are_read()
    {
        var json = """{"guild_id":"1","user":{"id":"4","username":"n","bot":true,"public_flags":1099511627776},"roles":[]}""";

        var member = Decode<MemberJoined>("GUILD_MEMBER_ADD", json).Member;

        Assert.True(member.IsBot);
        Assert.Equal(1L << 40, member.PublicFlags);
    }

    [Fact]
    public void Null_flags_and_null_bot_are_none()
    {
        var json = """{"guild_id":"1","user":{"id":"4","username":"n","bot":null,"public_flags":null},"roles":[]}""";

        var member = Decode<MemberJoined>("GUILD_MEMBER_ADD", json).Member;

        Assert.False(member.IsBot);
        Assert.Equal(0, member.PublicFlags);
    }

    [Theory]
    [InlineData("member.guild_id", """{"user":{"id":"4","username":"n"},"roles":[]}""")]
    [InlineData("member.user", """{"guild_id":"1","user":null,"roles":[]}""")]
    [InlineData("member.roles", """{"guild_id":"1","user":{"id":"4","username":"n"}}""")]
    [InlineData("member.roles", """{"guild_id":"1","user":{"id":"4","username":"n"},"roles":[null]}""")]
    [InlineData("member.joined_at", """{"guild_id":"1","user":{"id":"4","username":"n"},"roles":[],"joined_at":"yesterday"}""")]
    [InlineData("member.pending", """{"guild_id":"1","user":{"id":"4","username":"n"},"roles":[],"pending":"no"}""")]
    public void Member_event_without_what_it_must_have_is_malformed_by_that_name(string field, string json)
    {
        Assert.Equal($"GUILD_MEMBER_UPDATE.{field}", Malformed("GUILD_MEMBER_UPDATE", json).Field);
    }

    [Fact]
    public void Leave_has_the_user_and_no_membership()
    {
        var left = Decode<MemberLeft>("GUILD_MEMBER_REMOVE", ByEvent["GUILD_MEMBER_REMOVE"]);

        Assert.Equal("ann", left.User.Name);
        Assert.False(left.User.IsMember);
    }

    [Fact]
    public void Chunk_tells_its_place_and_its_members()
    {
        var chunk = Decode<MemberChunk>("GUILD_MEMBERS_CHUNK", ChunkJson);

        Assert.Equal((Id(GuildId), "sync-1", 0, 4), (chunk.GuildId, chunk.Nonce, chunk.Index, chunk.Count));
        Assert.Equal(Id("1100000000000000010"), Assert.Single(chunk.Members).Id);
        Assert.Equal(0, chunk.SkippedElements);
    }

    [Fact]
    public void Broken_member_of_a_chunk_is_left_out_and_counted()
    {
        var json =
            $$"""
            {"guild_id":"1","chunk_index":0,"chunk_count":1,"members":[
            {"user":{"id":{"deep":[[{}]] },"username":"n"},"roles":[]}, 7, null, [{"user":1}], {"user":{"id":"4"},"roles":[],"x":[1,2]},
            {"user":{"id":"5","username":"n"},"roles":[{"id":3}],"after":{"a":1} }, {{MemberJson}} ],"nonce":"after the list"}
            """;
        var decoder = NewDecoder();

        var chunk = Assert.IsType<MemberChunk>(decoder.Decode("GUILD_MEMBERS_CHUNK", System.Text.Encoding.UTF8.GetBytes(json)));

        Assert.Equal(Id("1100000000000000010"), Assert.Single(chunk.Members).Id);
        Assert.Equal("after the list", chunk.Nonce);
        Assert.Equal(6, chunk.SkippedElements);
        Assert.Equal(6, decoder.SkippedElements);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","members":null""")]
    [InlineData(""","members":{}""")]
    public void Chunk_without_members_is_malformed_and_not_empty(string members)
    {
        var json = $$"""{"guild_id":"1","chunk_index":0,"chunk_count":1{{members}}}""";

        Assert.Equal("GUILD_MEMBERS_CHUNK.members", Malformed("GUILD_MEMBERS_CHUNK", json).Field);
    }

    [Fact]
    public void Rest_list_gives_members()
    {
        var members = Read($"[{MemberJson},{MemberJson}]", MemberReader.ReadList);

        Assert.Equal(2, members.Count);
        Assert.All(members, member => Assert.True(member.IsMember));
    }

    [Fact]
    public void Rest_user_is_read_without_membership()
    {
        var user = Read(UserJson, UserReader.Read);

        Assert.Equal("ann", user.Name);
        Assert.False(user.IsMember);
    }
}
