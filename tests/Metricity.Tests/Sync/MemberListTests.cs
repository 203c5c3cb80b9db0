using Metricity.Sync;
using Metricity.Testing;
using Metricity.Tests.Ingest;

namespace Metricity.Tests.Sync;

public sealed class MemberListTests
{
    private readonly MemberList _list = new();

    public MemberListTests()
    {
        _list.Open([]);
        _list.Expect("n");
    }

    [Fact]
    public void List_is_complete_with_its_last_chunk_and_says_who_was_seen()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1, 2), out var afterFirst);
        _list.Take(Some.Chunk("n", 1, 2, 3), out var seen);

        Assert.Null(afterFirst);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3)], seen!.Order());
        Assert.False(_list.IsOpen);
    }

    [Fact]
    public void Chunks_may_come_in_any_order()
    {
        _list.Take(Some.Chunk("n", 2, 3, 3), out _);
        _list.Take(Some.Chunk("n", 0, 3, 1), out var early);
        _list.Take(Some.Chunk("n", 1, 3, 2), out var seen);

        Assert.Null(early);
        Assert.Equal(3, seen!.Count);
    }

    [Fact]
    public void Chunk_that_comes_twice_does_not_stand_in_for_a_missing_one()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1), out _);
        _list.Take(Some.Chunk("n", 0, 2, 1), out var seen);

        Assert.Null(seen);
        Assert.True(_list.IsOpen);
    }

    [Fact]
    public void Missing_chunk_keeps_the_list_open()
    {
        _list.Take(Some.Chunk("n", 0, 3, 1), out _);
        _list.Take(Some.Chunk("n", 2, 3, 3), out var seen);

        Assert.Null(seen);
        Assert.True(_list.IsOpen);
    }

    [Fact]
    public void Chunk_of_another_request_counts_for_its_members_but_not_for_the_list()
    {
        var members = _list.Take(Some.Chunk("other", 0, 1, 1), out var seen);

        Assert.Single(members);
        Assert.Null(seen);
        Assert.True(_list.IsOpen);
        Assert.Equal(1, _list.SeenCount);
    }

    [Fact]
    public void Chunk_without_a_nonce_counts_for_the_present_request()
    {
        _list.Take(Some.Chunk(null, 0, 1, 1), out var seen);

        Assert.Equal([Some.Id(1)], seen!);
    }

    [Fact]
    public void Chunk_before_any_request_does_not_complete_the_list()
    {
        _list.Open([]);

        _list.Take(Some.Chunk(null, 0, 1, 1), out var seen);

        Assert.Null(seen);
    }

    [Fact]
    public void Second_request_needs_all_its_chunks_although_the_first_brought_some()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1), out _);

        _list.Expect("m");
        _list.Take(Some.Chunk("m", 1, 2, 2), out var early);
        _list.Take(Some.Chunk("m", 0, 2, 1), out var seen);

        Assert.Null(early);
        Assert.Equal(2, seen!.Count);
    }

    [Fact]
    public void List_of_unknown_length_is_complete_when_a_chunk_tells_the_length()
    {
        _list.Take(Some.Chunk("n", 0, 0, 1), out var early);
        _list.Take(Some.Chunk("n", 1, 2, 2), out var seen);

        Assert.Null(early);
        Assert.Equal(2, seen!.Count);
    }

    [Fact]
    public void Member_who_joined_meanwhile_is_seen_although_no_chunk_lists_them()
    {
        _list.Touch(Some.Id(9), isMember: true);

        _list.Take(Some.Chunk("n", 0, 1, 1), out var seen);

        Assert.Equal([Some.Id(1), Some.Id(9)], seen!.Order());
    }

    [Fact]
    public void Member_who_left_meanwhile_is_not_brought_back_by_a_chunk()
    {
        _list.Touch(Some.Id(1), isMember: false);

        var members = _list.Take(Some.Chunk("n", 0, 1, 1, 2), out var seen);

        Assert.Equal([Some.Id(2)], members.Select(member => member.Id));
        Assert.Equal([Some.Id(2)], seen!);
    }

    [Fact]
    public void Member_who_was_updated_meanwhile_keeps_the_newer_facts()
    {
        _list.Touch(Some.Id(1), isMember: true);

        var members = _list.Take(Some.Chunk("n", 0, 1, 1, 2), out var seen);

        Assert.Equal([Some.Id(2)], members.Select(member => member.Id));
        Assert.Equal([Some.Id(1), Some.Id(2)], seen!.Order());
    }

    [Fact]
    public void Member_who_left_after_their_chunk_is_not_seen_at_the_end()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1), out _);
        _list.Touch(Some.Id(1), isMember: false);
        _list.Take(Some.Chunk("n", 1, 2, 2), out var seen);

        Assert.Equal([Some.Id(2)], seen!);
    }

    [Fact]
    public void Members_that_the_guild_listed_are_seen()
    {
        _list.Open([Some.Member(7)]);
        _list.Expect("n");

        _list.Take(Some.Chunk("n", 0, 1, 1), out var seen);

        Assert.Equal([Some.Id(1), Some.Id(7)], seen!.Order());
    }

    [Fact]
    public void Beginning_anew_forgets_who_was_seen_and_touched()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1), out _);
        _list.Touch(Some.Id(2), isMember: false);

        _list.Open([]);
        _list.Expect("m");
        var members = _list.Take(Some.Chunk("m", 0, 1, 2), out var seen);

        Assert.Single(members);
        Assert.Equal([Some.Id(2)], seen!);
    }

    [Fact]
    public void Answer_that_names_nobody_is_no_list()
    {
        _list.Take(Some.Chunk("n", 0, 1), out var seen);

        Assert.Null(seen);
        Assert.True(_list.IsOpen);
        Assert.False(_list.WaitForNewsAsync().IsCompleted);
    }

    [Fact]
    public void List_with_an_unreadable_member_ends_without_saying_who_was_seen()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1) with { SkippedElements = 1 }, out _);
        var members = _list.Take(Some.Chunk("n", 1, 2, 2), out var seen);

        Assert.Single(members);
        Assert.Null(seen);
        Assert.False(_list.IsOpen);
        Assert.Equal(1, _list.Unreadable);
    }

    [Fact]
    public void Chunk_after_the_end_passes_as_it_is()
    {
        _list.Take(Some.Chunk("n", 0, 1, 1), out _);
        _list.Touch(Some.Id(2), isMember: false);

        var members = _list.Take(Some.Chunk("n", 0, 1, 1, 2), out var seen);

        Assert.Equal(2, members.Count);
        Assert.Null(seen);
    }

    [Fact]
    public async Task Chunk_is_news_and_so_is_a_refusal()
    {
        var first = _list.WaitForNewsAsync();
        Assert.False(first.IsCompleted);

        _list.Take(Some.Chunk("n", 0, 2, 1), out _);
        Assert.Null(await first.WaitAsync(Eventually.Limit));
        var second = _list.WaitForNewsAsync();
        if (second.IsCompleted)
        {
            // The news that was already heard is told once more at most.
            second = _list.WaitForNewsAsync();
        }

        Assert.False(second.IsCompleted);
        _list.Refuse("n", TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(20), await second.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public void Refusal_of_another_request_is_no_news()
    {
        _list.Refuse("other", TimeSpan.FromSeconds(20));

        Assert.False(_list.WaitForNewsAsync().IsCompleted);
    }

    [Fact]
    public async Task Refusal_without_a_nonce_is_that_of_the_present_request()
    {
        _list.Refuse(null, TimeSpan.FromSeconds(20));

        Assert.Equal(TimeSpan.FromSeconds(20), await _list.WaitForNewsAsync().WaitAsync(Eventually.Limit));
        Assert.True(_list.IsOpen);
    }
}
