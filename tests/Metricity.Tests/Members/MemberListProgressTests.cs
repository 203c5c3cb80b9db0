using Metricity.Members;
using Metricity.Testing;
using Metricity.Tests.Collect;

namespace Metricity.Tests.Members;

public sealed class MemberListProgressTests
{
    private readonly MemberListProgress _list = new();

    public MemberListProgressTests()
    {
        _list.Begin(Some.Guild());
        _list.Expect("n");
    }

    [Fact]
    public void List_is_complete_with_its_last_chunk()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1, 2));
        Assert.NotNull(_list.Since);

        _list.Take(Some.Chunk("n", 1, 2, 3));

        Assert.Null(_list.Since);
    }

    [Fact]
    public void Chunks_may_come_in_any_order()
    {
        _list.Take(Some.Chunk("n", 2, 3, 3));
        _list.Take(Some.Chunk("n", 0, 3, 1));
        Assert.NotNull(_list.Since);

        _list.Take(Some.Chunk("n", 1, 3, 2));

        Assert.Null(_list.Since);
    }

    [Fact]
    public void Chunk_that_comes_twice_does_not_stand_in_for_a_missing_one()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1));
        _list.Take(Some.Chunk("n", 0, 2, 1));

        Assert.NotNull(_list.Since);
    }

    [Fact]
    public void Missing_chunk_keeps_the_list_open()
    {
        _list.Take(Some.Chunk("n", 0, 3, 1));
        _list.Take(Some.Chunk("n", 2, 3, 3));

        Assert.NotNull(_list.Since);
    }

    [Fact]
    public void Chunk_of_another_request_does_not_count()
    {
        _list.Take(Some.Chunk("other", 0, 1, 1));

        Assert.NotNull(_list.Since);
        Assert.False(_list.WaitForNewsAsync().IsCompleted);
    }

    [Fact]
    public void Chunk_without_a_nonce_counts_for_the_present_request()
    {
        _list.Take(Some.Chunk(null, 0, 1, 1));

        Assert.Null(_list.Since);
    }

    [Fact]
    public void Chunk_before_any_request_does_not_complete_the_list()
    {
        _list.Begin(Some.Guild());

        _list.Take(Some.Chunk(null, 0, 1, 1));

        Assert.NotNull(_list.Since);
    }

    [Fact]
    public void Second_request_needs_all_its_chunks_although_the_first_brought_some()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1));

        _list.Expect("m");
        _list.Take(Some.Chunk("m", 1, 2, 2));
        Assert.NotNull(_list.Since);
        _list.Take(Some.Chunk("m", 0, 2, 1));

        Assert.Null(_list.Since);
    }

    [Fact]
    public void List_of_unknown_length_is_complete_when_a_chunk_tells_the_length()
    {
        _list.Take(Some.Chunk("n", 0, 0, 1));
        Assert.NotNull(_list.Since);
        _list.Take(Some.Chunk("n", 1, 2, 2));

        Assert.Null(_list.Since);
    }

    [Fact]
    public void Answer_that_names_nobody_is_no_list()
    {
        _list.Take(Some.Chunk("n", 0, 1));

        Assert.NotNull(_list.Since);
        Assert.False(_list.WaitForNewsAsync().IsCompleted);
    }

    [Fact]
    public void List_with_an_unreadable_member_ends_and_tells_so()
    {
        _list.Take(Some.Chunk("n", 0, 2, 1) with { SkippedElements = 1 });
        _list.Take(Some.Chunk("n", 1, 2, 2));

        Assert.Null(_list.Since);
        Assert.Equal(1, _list.Unreadable);
    }

    [Fact]
    public async Task Chunk_is_news_and_so_is_a_refusal()
    {
        var first = _list.WaitForNewsAsync();
        Assert.False(first.IsCompleted);

        _list.Take(Some.Chunk("n", 0, 2, 1));
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
        Assert.NotNull(_list.Since);
    }
}
