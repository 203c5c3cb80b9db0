using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tests.Collect;

public sealed class MemberRulesTests
{
    private static readonly DateTime Joined = new(2023, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    [Fact]
    public void Join_is_a_member_and_an_event_at_the_time_discord_tells()
    {
        var changes = new Builder().Apply(new MemberJoined(Some.GuildId, Some.Member(5, Joined)));

        Assert.Equal(Some.Member(5, Joined), changes.Members[Some.Id(5)]);
        Assert.Equal([new MemberEventRow(Some.Id(5), IsJoin: true, Joined)], changes.MemberEvents);
    }

    [Fact]
    public void Join_of_a_guest_without_a_time_counts_from_when_it_was_received()
    {
        var guest = Some.Member(5) with { JoinedAt = null };

        var changes = new Builder().Apply(new MemberJoined(Some.GuildId, guest));

        Assert.Null(changes.Members[Some.Id(5)].JoinedAt);
        Assert.Equal(Some.At, Assert.Single(changes.MemberEvents).At);
    }

    [Fact]
    public void Join_of_a_bot_is_that_of_a_bot()
    {
        var changes = new Builder().Apply(new MemberJoined(Some.GuildId, Some.Member(5, isBot: true)));

        Assert.True(changes.Members[Some.Id(5)].IsBot);
    }

    [Fact]
    public void Update_is_a_member_and_no_event()
    {
        var changes = new Builder().Apply(new MemberUpdated(Some.GuildId, Some.Member(5, name: "renamed")));

        Assert.Equal("renamed", changes.Members[Some.Id(5)].Name);
        Assert.Empty(changes.MemberEvents);
    }

    [Fact]
    public void Update_that_does_not_tell_a_value_leaves_that_of_an_earlier_event()
    {
        var changes = new Builder().Apply(
            new MemberJoined(Some.GuildId, Some.Member(5, Joined, pending: true)),
            new MemberUpdated(Some.GuildId, Some.Member(5, pending: null, name: "renamed") with { JoinedAt = null }));

        var member = changes.Members[Some.Id(5)];
        Assert.Equal(("renamed", Joined, true), (member.Name, member.JoinedAt, member.Pending));
    }

    [Fact]
    public void Leave_is_a_leaver_and_an_event()
    {
        var changes = new Builder().Apply(new MemberLeft(Some.GuildId, Some.User(5)));

        Assert.Equal((Some.User(5), Some.At), changes.Leavers[Some.Id(5)]);
        Assert.Equal([new MemberEventRow(Some.Id(5), IsJoin: false, Some.At)], changes.MemberEvents);
    }

    [Fact]
    public void Join_and_leave_in_one_batch_end_with_the_leave()
    {
        var changes = new Builder().Apply(
            new MemberJoined(Some.GuildId, Some.Member(5)), new MemberLeft(Some.GuildId, Some.User(5)));

        Assert.Contains(Some.Id(5), changes.Leavers.Keys);
        Assert.Equal([true, false], changes.MemberEvents.Select(row => row.IsJoin));
    }

    [Fact]
    public void Leave_and_rejoin_in_one_batch_end_with_the_join_and_keep_both_events()
    {
        var changes = new Builder().Apply(
            new MemberLeft(Some.GuildId, Some.User(5)), new MemberJoined(Some.GuildId, Some.Member(5)));

        Assert.Empty(changes.Leavers);
        Assert.Contains(Some.Id(5), changes.Members.Keys);
        Assert.Equal([false, true], changes.MemberEvents.Select(row => row.IsJoin));
    }

    [Fact]
    public void Chunk_brings_its_members_and_no_events()
    {
        var changes = new Builder().Apply(Some.Chunk("n", 0, 1, 5, 6));

        Assert.Equal([Some.Id(5), Some.Id(6)], changes.Members.Keys);
        Assert.Empty(changes.MemberEvents);
        Assert.Null(changes.SeenUserIds);
    }

    [Fact]
    public void End_of_the_staff_role_clears_the_mark_of_all()
    {
        Assert.True((new Builder().Apply(new StaffRoleDeleted(Some.GuildId, Some.Id(7)))).ClearStaff);
    }
}
