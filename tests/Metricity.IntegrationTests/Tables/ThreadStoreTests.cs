using Metricity.Collect;
using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class ThreadStoreTests
{
    private static readonly DateTime ArchivedAt = new(2026, 2, 1, 8, 30, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Thread_new_is_inserted_with_all_its_facts()
    {
        await using var bed = await StoreBed.CreateAsync();
        var thread = new ThreadFacts(
            Some.Thread, Some.Channel, ChannelType.PublicThread, "help", Some.User,
            ArchivedAt, true, ArchivedAt, 60, true, [new(11), new(12)]);

        await bed.CommitAsync(changes =>
        {
            changes.Add(Some.ChannelRow());
            changes.Add(thread);
        });

        Assert.Equal(
            $"({Some.Channel},\"2026-02-01 08:30:00\",help,t,60,t,public_thread,{Some.User},\"2026-02-01 08:30:00\",f,\"{{11,12}}\")",
            await bed.RowAsync(
                "parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, "
                    + "owner_id, archived_at, deleted, applied_tags",
                "threads",
                Some.Thread));
    }

    [Fact]
    public async Task Threads_with_different_numbers_of_tags_go_in_together()
    {
        await using var bed = await StoreBed.CreateAsync();
        var second = new Snowflake(Some.Thread.Value + 1000);

        await bed.CommitAsync(changes =>
            changes.Add(Some.ThreadFacts(), Some.ThreadFacts(second) with { AppliedTags = [new(1), new(2), new(3)] }));

        Assert.Equal(["{}", "{1,2,3}"], await bed.Database.ListAsync<string>("select applied_tags::text from threads order by id"));
    }

    [Fact]
    public async Task Thread_without_creation_time_keeps_the_stored_one()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts() with { CreatedAt = ArchivedAt }));

        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts() with { Name = "solved" }));

        Assert.Equal("(solved,\"2026-02-01 08:30:00\")", await bed.RowAsync("name, created_at", "threads", Some.Thread));
    }

    [Fact]
    public async Task Thread_of_an_unknown_channel_makes_a_stand_in_channel()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts()));

        Assert.Equal($"(unknown-{Some.Channel},f,)", await bed.RowAsync("name, is_staff, type", "channels", Some.Channel));
    }

    [Fact]
    public async Task Thread_deleted_keeps_its_row_and_is_marked()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts()));

        await bed.CommitAsync(changes => changes.DeletedThreads.Add(Some.Thread));

        Assert.Equal("(help,t)", await bed.RowAsync("name, deleted", "threads", Some.Thread));
    }

    [Fact]
    public async Task Thread_made_and_deleted_in_one_batch_is_stored_as_deleted()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            changes.Add(Some.ThreadFacts());
            changes.DeletedThreads.Add(Some.Thread);
        });

        Assert.Equal("(help,t)", await bed.RowAsync("name, deleted", "threads", Some.Thread));
    }

    [Fact]
    public async Task Thread_update_after_a_delete_brings_the_thread_back()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.Add(Some.ThreadFacts());
            changes.DeletedThreads.Add(Some.Thread);
        });

        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts()));

        Assert.Equal("(help,f)", await bed.RowAsync("name, deleted", "threads", Some.Thread));
    }

    [Theory]
    [InlineData(false)] // the whole guild
    [InlineData(true)] // its parent is among those told of
    public async Task Active_list_archives_stored_threads_that_are_not_in_it(bool byParent)
    {
        await using var bed = await StoreBed.CreateAsync();
        var active = new Snowflake(Some.Thread.Value + 1000);
        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts(), Some.ThreadFacts(active)));

        await bed.CommitAsync(changes => changes.ActiveThreads =
            new ActiveThreads(byParent ? [Some.Channel] : null, [active]));

        Assert.True(await bed.Database.ScalarAsync<bool>("select archived from threads where id = $1", Some.Thread.ToString()));
        Assert.False(await bed.Database.ScalarAsync<bool>("select archived from threads where id = $1", active.ToString()));
    }

    [Fact]
    public async Task Active_list_of_other_parents_leaves_a_thread_alone()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts()));

        await bed.CommitAsync(changes => changes.ActiveThreads = new ActiveThreads([new Snowflake(5)], []));

        Assert.Equal("(f,f)", await bed.RowAsync("archived, deleted", "threads", Some.Thread));
    }

    [Fact]
    public async Task Thread_facts_for_a_stand_in_channel_move_its_messages_to_the_thread()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.AddAuthors(Some.Author());
            changes.Add(Some.MessageRow(channel: Some.Thread)); // nobody knew that this is a thread
        });

        await bed.CommitAsync(changes =>
        {
            changes.Add(Some.ChannelRow());
            changes.Add(Some.ThreadFacts());
        });

        Assert.Equal($"({Some.Channel},{Some.Thread})", await bed.RowAsync("channel_id, thread_id", "messages", Some.Message));
        Assert.Null(await bed.RowAsync("id, name", "channels", Some.Thread));
    }
}
