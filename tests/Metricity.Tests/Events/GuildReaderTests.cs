using Metricity.Events;
using static Metricity.Tests.Events.Examples;

namespace Metricity.Tests.Events;

public sealed class GuildReaderTests
{
    [Fact]
    public void Full_guild_tells_channels_threads_and_members()
    {
        var guild = Decode<GuildAvailable>("GUILD_CREATE", GuildJson);

        Assert.Equal(Id(GuildId), guild.GuildId);
        Assert.Equal(3210, guild.MemberCount);
        Assert.Equal(["Topics", "general"], guild.Channels.Select(channel => channel.Name!));
        Assert.True(guild.Channels[0].Type.IsCategory);
        Assert.Equal("a thread", Assert.Single(guild.Threads).Name);
        Assert.Equal("ann", Assert.Single(guild.Members).Name);
        Assert.Equal(0, guild.SkippedElements);
    }

    [Fact]
    public void Guild_that_joined_just_now_has_no_key_unavailable()
    {
        Assert.IsType<GuildAvailable>(Decode("GUILD_CREATE", """{"id":"1","member_count":2,"channels":[],"threads":[],"members":[]}"""));
    }

    [Fact]
    public void Guild_in_an_outage_is_unavailable()
    {
        Assert.Equal(new GuildUnavailable(Id("1")), Decode("GUILD_CREATE", """{"id":"1","unavailable":true}"""));
        Assert.Equal(new GuildUnavailable(Id("1")), Decode("GUILD_DELETE", """{"unavailable":true,"id":"1"}"""));
    }

    [Theory]
    [InlineData("""{"id":"1"}""")]
    [InlineData("""{"id":"1","unavailable":false}""")]
    public void Guild_delete_without_unavailable_means_that_the_bot_is_out(string json)
    {
        Assert.Equal(new GuildLeft(Id("1")), Decode("GUILD_DELETE", json));
    }

    [Fact]
    public void One_broken_channel_does_not_take_the_others_with_it()
    {
        var json =
            $$"""
            {"id":"1","channels":[{"id":"18446744073709551616","type":0},{"id":"5","type":"text","permission_overwrites":[{"id":"1"}]},
            {{ChannelJson}},{{ThreadJson}}],
            "threads":[{"id":"6","type":11},{{ThreadJson}}],"members":["x",{{MemberJson}}],"member_count":9}
            """;

        var guild = Decode<GuildAvailable>("GUILD_CREATE", json);

        Assert.Equal("general", Assert.Single(guild.Channels).Name);
        Assert.Single(guild.Threads);
        Assert.Single(guild.Members);
        Assert.Equal(9, guild.MemberCount);
        Assert.Equal(5, guild.SkippedElements);
    }

    [Theory]
    [InlineData("guild.id", """{"channels":[]}""")]
    [InlineData("channels", """{"id":"1","channels":{}}""")]
    [InlineData("guild", "[]")]
    [InlineData("guild", "null")]
    public void Broken_guild_is_malformed(string field, string json)
    {
        Assert.Equal($"GUILD_CREATE.{field}", Malformed("GUILD_CREATE", json).Field);
    }

    [Fact]
    public void Deleted_role_is_kept_only_when_it_is_a_staff_role()
    {
        Assert.Equal(
            new StaffRoleDeleted(Id(GuildId), Id(StaffRoleId)),
            Decode("GUILD_ROLE_DELETE", ByEvent["GUILD_ROLE_DELETE"]));
        Assert.Null(Decode("GUILD_ROLE_DELETE", """{"guild_id":"1","role_id":"2"}"""));
    }
}
