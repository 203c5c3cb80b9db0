using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Tables;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Tables;

/// <summary>A writer of history beside the collector: it brings rows, takes nothing over and undoes nothing.</summary>
public sealed class GuestStoreTests
{
    [Fact]
    public async Task Deletion_that_the_collector_saw_before_the_guest_brings_the_message_counts()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);
        var guest = Guest(bed, source);
        await CommitAsync(guest, changes => changes.AddTalk(Some.MessageRow(1)));

        await bed.CommitAsync(changes => changes.Deletes[Some.MessageRow(2).Id] = StoreBed.Start);
        await CommitAsync(guest, changes => changes.AddTalk(Some.MessageRow(2)));

        Assert.Equal("(t,\"2026-03-01 12:00:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(2).Id));
        Assert.Equal("(f,)", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(1).Id));
    }

    [Fact]
    public async Task Guest_writes_no_position_and_the_collector_commits_on()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);
        var before = await bed.Database.ScalarAsync<string>("select p::text from metricity.positions p");

        await CommitAsync(Guest(bed, source), changes => changes.AddTalk(Some.MessageRow(1)));

        Assert.Equal(before, await bed.Database.ScalarAsync<string>("select p::text from metricity.positions p"));
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(2)));
        Assert.Equal(2, await bed.Database.CountAsync("messages"));
    }

    [Fact]
    public async Task Vanished_message_is_deleted_without_a_time_and_one_deleted_before_keeps_its_time()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1), Some.MessageRow(2), Some.MessageRow(3)));
        await bed.CommitAsync(changes => changes.Deletes[Some.MessageRow(1).Id] = StoreBed.Start);

        await bed.CommitAsync(changes => changes.Vanished.UnionWith([Some.MessageRow(1).Id, Some.MessageRow(2).Id]));
        Assert.Equal("(t,\"2026-03-01 12:00:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(1).Id));
        Assert.Equal("(t,)", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(2).Id));
        Assert.Equal("(f,)", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(3).Id));

        await bed.CommitAsync(changes => changes.Deletes[Some.MessageRow(2).Id] = StoreBed.Start);
        Assert.Equal("(t,\"2026-03-01 12:00:00\")", await bed.RowAsync("is_deleted, deleted_at", "messages", Some.MessageRow(2).Id));
    }

    [Fact]
    public async Task Thread_of_a_guest_leaves_a_stored_one_alone()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ThreadFacts() with { Name = "live" }));
        var other = Some.ThreadFacts(new Snowflake(Some.Thread.Value + 1)) with { Name = "archived" };

        await bed.CommitAsync(changes =>
        {
            changes.NewThreads[Some.Thread] = Some.ThreadFacts() with { Name = "old" };
            changes.NewThreads[other.Id] = other;
        });

        Assert.Equal("(live)", await bed.RowAsync("name", "threads", Some.Thread) is { } row ? $"({row.Trim('(', ')')})" : null);
        Assert.NotNull(await bed.RowAsync("name, archived", "threads", other.Id));
    }

    private static BatchStore Guest(StoreBed bed, Npgsql.NpgsqlDataSource source) =>
        new(source, bed.Options, null, new StorageStatus(), bed.Clock, new FakeLogger<BatchStore>(bed.Logs));

    private static Task CommitAsync(BatchStore store, Action<ChangeSet> fill)
    {
        var batch = new Batch();
        fill(batch.For(StoreBed.Guild));

        return store.CommitAsync(batch, CancellationToken.None);
    }
}
