using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.IntegrationTests.Tables;
using Npgsql;

namespace Metricity.IntegrationTests.Coverage;

/// <summary>The lock that keeps a second backfill of a guild away, and what becomes of it when its connection breaks.</summary>
public sealed class BackfillLockTests
{
    [Fact]
    public async Task Second_backfill_of_a_guild_is_refused_until_the_first_one_ends()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);
        await using var other = StorageDataSource.Create(bed.Options);

        await using (await HoldAsync(source))
        {
            var refusal = await Assert.ThrowsAsync<StopException>(() => HoldAsync(other));
            Assert.Contains("Another backfill", refusal.Message, StringComparison.Ordinal);
        }

        await using var second = await HoldAsync(other);
    }

    [Fact]
    public async Task End_with_a_broken_connection_hides_no_error()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var backfill = await HoldAsync(source);
            await bed.Database.EndLockSessionsAsync();

            throw new InvalidOperationException("the backfill's own error");
        });
    }

    [Fact]
    public async Task Lock_that_broke_is_taken_again_before_the_next_page()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);
        await using var other = StorageDataSource.Create(bed.Options);
        await using var backfill = await HoldAsync(source);
        var store = bed.GuardedStore(backfill.HoldAsync);
        await bed.Database.EndLockSessionsAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(new Batch(), default)); // finds that it is broken
        await store.CommitAsync(new Batch(), default);
        await store.CommitAsync(new Batch(), default);

        await Assert.ThrowsAsync<StopException>(() => HoldAsync(other));
    }

    [Fact]
    public async Task Page_is_refused_once_another_backfill_has_taken_the_lock()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = StorageDataSource.Create(bed.Options);
        await using var other = StorageDataSource.Create(bed.Options);
        await using var backfill = await HoldAsync(source);
        await bed.Database.EndLockSessionsAsync();
        await using var second = await HoldAsync(other);
        var store = bed.GuardedStore(backfill.HoldAsync);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(new Batch(), default));
        var refusal = await Assert.ThrowsAsync<StopException>(() => store.CommitAsync(new Batch(), default));

        Assert.Contains("Another backfill", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<BackfillLock> HoldAsync(NpgsqlDataSource source)
    {
        var backfill = new BackfillLock(source, StoreBed.Guild);
        await backfill.HoldAsync(default);

        return backfill;
    }
}
