using Metricity.Events;

namespace Metricity.Tests.Collect;

/// <summary>Who a member list must not overwrite, and who is marked as left at its end.</summary>
public sealed class SeenMembersTests
{
    private readonly Builder _builder = new();
    private readonly GuildAvailable _snapshot = Some.Guild([Some.Channel(100)], members: [Some.Member(7)]);

    [Fact]
    public void Complete_list_says_who_was_seen_those_of_the_snapshot_included()
    {
        var changes = _builder.Apply(_snapshot, Some.Chunk("n", 1, 2, 3), Some.Chunk("n", 0, 2, 1, 2), End());

        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3), Some.Id(7)], changes.SeenUserIds!.Order());
    }

    [Fact]
    public void List_with_an_unreadable_member_compares_nobody()
    {
        Assert.Null(_builder.Apply(_snapshot, Some.Chunk("n", 0, 1, 1), End() with { IsComplete = false }).SeenUserIds);
    }

    [Fact]
    public void Member_who_joined_meanwhile_is_seen_although_no_chunk_lists_them()
    {
        var changes = _builder.Apply(_snapshot, new MemberJoined(Some.GuildId, Some.Member(9)), Some.Chunk("n", 0, 1, 1), End());

        Assert.Equal([Some.Id(1), Some.Id(7), Some.Id(9)], changes.SeenUserIds!.Order());
    }

    [Fact]
    public void Member_who_left_meanwhile_is_not_brought_back_by_a_chunk()
    {
        var changes = _builder.Apply(_snapshot, new MemberLeft(Some.GuildId, Some.User(1)), Some.Chunk("n", 0, 1, 1, 2), End());

        Assert.Equal([Some.Id(2), Some.Id(7)], changes.Members.Keys.Order());
        Assert.Equal([Some.Id(2), Some.Id(7)], changes.SeenUserIds!.Order());
        Assert.Contains(Some.Id(1), changes.Leavers.Keys);
    }

    [Fact]
    public void Member_who_was_updated_meanwhile_keeps_the_newer_facts()
    {
        var changes = _builder.Apply(
            _snapshot, new MemberUpdated(Some.GuildId, Some.Member(1, name: "newer")), Some.Chunk("n", 0, 1, 1, 2), End());

        Assert.Equal("newer", changes.Members[Some.Id(1)].Name);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(7)], changes.SeenUserIds!.Order());
    }

    [Fact]
    public void Member_who_left_after_their_chunk_is_not_seen_at_the_end()
    {
        var changes = _builder.Apply(
            _snapshot, Some.Chunk("n", 0, 2, 1), new MemberLeft(Some.GuildId, Some.User(1)), Some.Chunk("n", 1, 2, 2), End());

        Assert.Equal([Some.Id(2), Some.Id(7)], changes.SeenUserIds!.Order());
    }

    [Fact]
    public void Live_event_before_the_list_was_begun_is_older_than_its_chunks()
    {
        var changes = _builder.Apply(
            new MemberLeft(Some.GuildId, Some.User(1)),
            new MemberUpdated(Some.GuildId, Some.Member(2, name: "older")),
            _snapshot,
            Some.Chunk("n", 0, 1, 1, 2),
            End());

        Assert.Equal("user2", changes.Members[Some.Id(2)].Name);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(7)], changes.SeenUserIds!.Order());
    }

    [Fact]
    public void Beginning_anew_forgets_who_was_seen_and_touched()
    {
        var again = Some.Guild([Some.Channel(100)]);
        var changes = _builder.Apply(
            _snapshot,
            Some.Chunk("n", 0, 2, 1),
            new MemberLeft(Some.GuildId, Some.User(2)),
            again,
            Some.Chunk("m", 0, 1, 2),
            new MembersSynced(Some.GuildId, again, IsComplete: true));

        Assert.Contains(Some.Id(2), changes.Members.Keys);
        Assert.Equal([Some.Id(2)], changes.SeenUserIds!);
    }

    [Fact]
    public void End_of_a_list_that_another_snapshot_overtook_compares_nobody()
    {
        var changes = _builder.Apply(_snapshot, Some.Chunk("n", 0, 1, 1), Some.Guild([Some.Channel(100)]), End());

        Assert.Null(changes.SeenUserIds);
    }

    [Fact]
    public void Chunk_after_the_end_is_taken_as_it_is()
    {
        _builder.Apply(_snapshot, Some.Chunk("n", 0, 1, 1), End(), new MemberLeft(Some.GuildId, Some.User(2)));
        _builder.NextBatch();

        var changes = _builder.Apply(Some.Chunk("n", 0, 1, 1, 2), End());

        Assert.Equal([Some.Id(1), Some.Id(2)], changes.Members.Keys.Order());
        Assert.Null(changes.SeenUserIds);
    }

    private MembersSynced End() => new(Some.GuildId, _snapshot, IsComplete: true);
}
