using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class MessageStoreTests
{
    private static readonly DateTime At = new(2026, 2, 1, 8, 30, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Message_is_stored_with_the_time_of_its_id()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow() with { Type = 19 }));

        Assert.Equal(
            $"({Some.Channel},,{Some.User},\"2023-04-24 10:07:17.011\",f,19,,)",
            await bed.RowAsync(
                "channel_id, thread_id, author_id, created_at, is_deleted, type, edited_at, deleted_at", "messages", Some.Message));
    }

    [Fact]
    public async Task Message_in_a_thread_has_both_ids()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            changes.Add(Some.ThreadFacts());
            changes.AddTalk(Some.MessageRow(thread: Some.Thread));
        });

        Assert.Equal($"({Some.Channel},{Some.Thread})", await bed.RowAsync("channel_id, thread_id", "messages", Some.Message));
    }

    [Fact]
    public async Task Message_edited_and_deleted_in_its_batch_is_stored_so()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            changes.AddTalk(Some.MessageRow() with { EditedAt = At, DeletedAt = At.AddHours(1) });
            changes.Deletes[Some.Message] = At.AddHours(1);
        });

        Assert.Equal(
            "(t,\"2026-02-01 08:30:00\",\"2026-02-01 09:30:00\")",
            await bed.RowAsync("is_deleted, edited_at, deleted_at", "messages", Some.Message));
        Assert.Equal(0, await bed.Database.CountAsync("message_tombstones"));
    }

    [Fact]
    public async Task Messages_without_author_channel_and_thread_are_kept_with_stand_ins()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(Some.MessageRow(thread: Some.Thread), Some.MessageRow(1, new Snowflake(77))));

        Assert.Equal(2, await bed.Database.CountAsync("messages"));
        Assert.Equal($"(unknown-{Some.Channel},f)", await bed.RowAsync("name, is_staff", "channels", Some.Channel));
        Assert.Equal(
            $"(unknown-{Some.Thread},{Some.Channel},public_thread,f,1440)",
            await bed.RowAsync("name, parent_channel_id, type, archived, auto_archive_duration", "threads", Some.Thread));
        Assert.Equal($"(unknown-{Some.User},f)", await bed.RowAsync("name, in_guild", "users", Some.User));
        Assert.Empty(bed.Status.RowsRejected);
        Assert.Equal(1, bed.Status.BatchesRefused);
    }

    [Fact]
    public async Task Stand_in_author_has_the_creation_time_of_its_own_id()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(Some.MessageRow(), Some.MessageRow(1, new Snowflake(175928847299117063))));

        Assert.Equal("(\"2016-04-30 11:18:25.796\",f)", await bed.RowAsync("created_at, in_guild", "users", new(175928847299117063)));
    }

    [Fact]
    public async Task Delete_marks_the_stored_message()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(), Some.MessageRow(1)));

        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = At);

        Assert.Equal("(t,\"2026-02-01 08:30:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.Message));
        Assert.Equal(1, await bed.Database.ScalarAsync<long>("select count(*) from messages where not is_deleted"));
    }

    [Fact]
    public async Task Second_delete_keeps_the_first_time()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));
        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = At);

        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = At.AddDays(1));

        Assert.Equal("(t,\"2026-02-01 08:30:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.Message));
    }

    [Fact]
    public async Task Delete_that_overtakes_its_message_is_not_lost()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = At);
        Assert.Equal(1, await bed.Database.CountAsync("message_tombstones"));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        Assert.Equal("(t,\"2026-02-01 08:30:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.Message));
        Assert.Equal(0, await bed.Database.CountAsync("message_tombstones"));
    }

    [Fact]
    public async Task Delete_that_overtakes_its_message_is_not_lost_over_a_restart()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = StoreBed.Start);
        await using var restarted = StoreBed.On(bed.Database);
        await restarted.Positions.StartAsync(CancellationToken.None);

        await restarted.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        Assert.Equal("(t,\"2026-03-01 12:00:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.Message));
    }

    [Fact]
    public async Task Tombstone_older_than_a_day_is_removed()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Deletes[Some.Message] = StoreBed.Start);
        bed.Clock.Advance(TimeSpan.FromHours(25));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1)));

        Assert.Equal(0, await bed.Database.CountAsync("message_tombstones"));
    }

    [Fact]
    public async Task Edit_sets_the_time_and_an_older_one_does_not_replace_it()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));
        await bed.CommitAsync(changes => changes.Edits[Some.Message] = At);

        await bed.CommitAsync(changes => changes.Edits[Some.Message] = At.AddHours(-1));

        Assert.Equal("(f,\"2026-02-01 08:30:00\")", await bed.RowAsync("is_deleted, edited_at", "messages", Some.Message));
    }

    [Fact]
    public async Task Message_read_again_after_an_edit_gets_the_edit_time()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow() with { EditedAt = At }, Some.MessageRow(1)));

        Assert.Equal("(f,\"2026-02-01 08:30:00\")", await bed.RowAsync("is_deleted, edited_at", "messages", Some.Message));
    }

    [Fact]
    public async Task Many_messages_go_in_with_one_batch()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddTalk(Enumerable.Range(0, 5_000).Select(n => Some.MessageRow((ulong)n)).ToArray()));

        Assert.Equal(5_000, await bed.Database.CountAsync("messages"));
        Assert.Equal(5_000, bed.Status.RowsWritten["messages"]);
    }
}
