using Metricity.Events;
using Metricity.Rest;

namespace Metricity.Tests.Rest;

public sealed class ChannelPermissionsTests
{
    private const ulong View = ChannelPermissions.ViewChannel;
    private const ulong History = ChannelPermissions.ReadMessageHistory;
    private const ulong Connect = ChannelPermissions.Connect;

    private static readonly Snowflake Guild = new(1);
    private static readonly Snowflake Owner = new(2);
    private static readonly Snowflake Bot = new(3);
    private static readonly Snowflake RoleA = new(10);
    private static readonly Snowflake RoleB = new(11);
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Roles_of_the_member_and_everyone_add_up() =>
        Assert.Equal(View | History, Compute([], everyone: View, roleA: History));

    [Fact]
    public void Role_that_the_member_does_not_have_gives_nothing() =>
        Assert.Equal(View, Compute([], everyone: View, roleB: History));

    [Fact]
    public void Overwrite_of_a_role_that_the_member_does_not_have_is_no_matter() =>
        Assert.Equal(View, Compute([new(RoleB, IsMember: false, History, View)], everyone: View));

    [Fact]
    public void Role_overwrite_wins_over_that_of_everyone() =>
        Assert.Equal(View, Compute([new(RoleA, IsMember: false, View, 0), new(Guild, IsMember: false, 0, View)], everyone: View));

    [Fact]
    public void Allow_of_one_role_wins_over_deny_of_another() =>
        Assert.Equal(
            View,
            Compute(
                [new(RoleA, IsMember: false, View, 0), new(RoleB, IsMember: false, 0, View)], everyone: View, memberRoles: [RoleA, RoleB]));

    [Fact]
    public void Member_overwrite_has_the_last_word() =>
        Assert.Equal(
            View,
            Compute([new(Bot, IsMember: true, 0, History), new(RoleA, IsMember: false, History, 0)], everyone: View | History));

    [Fact]
    public void Without_view_channel_nothing_else_counts() =>
        Assert.Equal(0UL, Compute([new(Guild, IsMember: false, 0, View)], everyone: View | History | Connect));

    [Fact]
    public void Administrator_may_everything_whatever_the_overwrites_say() =>
        Assert.Equal(ulong.MaxValue, Compute([new(Bot, IsMember: true, 0, View)], roleA: ChannelPermissions.Administrator));

    [Fact]
    public void Owner_may_everything() => Assert.Equal(ulong.MaxValue, Compute([], user: Owner));

    [Fact]
    public void Timed_out_member_keeps_viewing_and_reading_only() =>
        Assert.Equal(View | History, Compute([], everyone: View | History | Connect, timedOutUntil: Now.AddMinutes(1)));

    [Fact]
    public void Time_out_that_is_over_does_not_count() =>
        Assert.Equal(View | Connect, Compute([], everyone: View | Connect, timedOutUntil: Now));

    [Theory]
    [InlineData(0, View | History, true)]
    [InlineData(0, View, false)]
    [InlineData(0, History, false)]
    [InlineData(2, View | History, false)]
    [InlineData(2, View | History | Connect, true)]
    [InlineData(13, View | History, false)]
    [InlineData(15, View | History, true)]
    public void History_asks_for_connect_in_voice_channels_alone(int type, ulong permissions, bool canRead) =>
        Assert.Equal(canRead, ChannelPermissions.CanReadHistory(permissions, new ChannelType(type)));

    private static ulong Compute(
        Overwrite[] overwrites,
        ulong everyone = 0,
        ulong roleA = 0,
        ulong roleB = 0,
        Snowflake[]? memberRoles = null,
        Snowflake? user = null,
        DateTime? timedOutUntil = null)
    {
        var facts = new UserFacts(user ?? Bot, "bot", null, true, 0, true, null, null, null, false);
        var guild = new GuildInfo(Guild, Owner, null, [new(Guild, everyone), new(RoleA, roleA), new(RoleB, roleB)]);

        return ChannelPermissions.Compute(guild, new RestMember(facts, memberRoles ?? [RoleA], timedOutUntil), overwrites, Now);
    }
}
