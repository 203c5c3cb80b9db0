using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

public sealed class InteractionReaderTests
{
    private const ulong StaffRole = 300;

    [Fact]
    public void Command_is_read_with_its_token_and_whether_its_user_is_staff()
    {
        var asked = Assert.IsType<StatusAsked>(Decode("""
            {"id":"9100","application_id":"2","type":2,"version":1,"token":"aW50","guild_id":"11","channel_id":"101","context":0,
             "data":{"id":"9099","name":"metricity","type":1,"options":[{"name":"status","type":1,"options":[{"name":"x","value":"kanarienvogel"}]}]},
             "member":{"user":{"id":"10","username":"ann"},"roles":["5","300"],"permissions":"1115136","nick":"kanarienvogel"},"entitlements":[]}
            """));

        Assert.Equal((11ul, 9100ul, true), (asked.GuildId.Value, asked.InteractionId.Value, asked.IsStaff));
        Assert.Equal("aW50", asked.Token.Reveal());
        Assert.DoesNotContain("aW50", asked.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("kanarienvogel", asked.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "1115136", false)]
    [InlineData("[\"300\"]", "0", true)]
    [InlineData("[\"301\"]", "0", false)]
    [InlineData("[]", "8", true)]
    [InlineData("[]", "32", true)]
    [InlineData("[]", "-1", false)]
    [InlineData("[]", "8x", false)]
    [InlineData("[]", "18446744073709551615", true)]
    public void Staff_is_who_has_the_role_or_may_manage_the_server(string roles, string permissions, bool isStaff)
    {
        var asked = Assert.IsType<StatusAsked>(Decode(
            """{"id":"1","type":2,"token":"t","guild_id":"11","data":{"name":"metricity","options":[{"name":"status"}]},"member":{"roles":R,"permissions":"P"}}"""
                .Replace("R", roles, StringComparison.Ordinal).Replace("P", permissions, StringComparison.Ordinal)));

        Assert.Equal(isStaff, asked.IsStaff);
    }

    [Theory]
    [InlineData("""{"id":"1","type":1,"token":"t"}""")]
    [InlineData("""{"id":"1","type":3,"token":"t","guild_id":"11","data":{"custom_id":"x"}}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","data":{"name":"metricity","options":[{"name":"status"}]},"user":{"id":"10"}}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","guild_id":"11","data":null}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","guild_id":"11","data":{"name":"metricity"}}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","guild_id":"11","data":{"name":"metricity","options":[{"name":"else"}]}}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","guild_id":"11","data":{"name":"else","options":[{"name":"status"}]}}""")]
    public void What_is_not_our_command_in_a_guild_is_nothing(string payload)
    {
        Assert.Null(Decode(payload));
    }

    [Theory]
    [InlineData("""{"type":2,"token":"t","guild_id":"11","data":{"name":"metricity","options":[{"name":"status"}]}}""", "interaction.id")]
    [InlineData("""{"id":"1","type":2,"guild_id":"11","data":{"name":"metricity","options":[{"name":"status"}]}}""", "interaction.token")]
    [InlineData("""{"id":"1","type":2,"token":7,"guild_id":"11","data":{"name":"metricity","options":[{"name":"status"}]}}""", "interaction.token")]
    public void Malformed_command_names_the_field_and_no_value(string payload, string field)
    {
        Assert.Equal($"INTERACTION_CREATE.{field}", Assert.Throws<MalformedPayloadException>(() => Decode(payload)).Field);
    }

    private static DiscordEvent? Decode(string payload) =>
        new EventDecoder(new HashSet<Snowflake> { new(StaffRole) }).Decode("INTERACTION_CREATE", Encoding.UTF8.GetBytes(payload));
}
