using System.Diagnostics;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.IntegrationTests.Tables;
using Metricity.Ownership;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Ownership;

public sealed class ShardLockTests
{
    [Fact]
    public async Task Lock_is_held_by_one_and_free_when_it_ends()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var first = bed.Stores();
        await using var second = bed.Stores();

        Assert.True(await first.Lock.TryTakeAsync(default));
        Assert.False(await second.Lock.TryTakeAsync(default));
        await first.Lock.ReleaseAsync();

        Assert.True(await second.Lock.TryTakeAsync(default));
        Assert.True(second.Lock.IsHeld);
        Assert.False(first.Lock.IsHeld);
    }

    [Fact]
    public async Task Shards_do_not_keep_each_other_out_but_a_guild_has_one_writer_whatever_the_number_of_shards()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (one, other) = (new Dictionary<Snowflake, string> { [new(1)] = "a" }, new Dictionary<Snowflake, string> { [new(2)] = "b" });
        await using var zero = StoreBed.On(database, one, shardId: 0, shardCount: 2);
        await using var first = StoreBed.On(database, other, shardId: 1, shardCount: 2);
        await using var before = StoreBed.On(database, other);
        await using var stores0 = zero.Stores();
        await using var stores1 = first.Stores();
        await using var storesBefore = before.Stores();

        Assert.True(await stores0.Lock.TryTakeAsync(default));
        Assert.True(await stores1.Lock.TryTakeAsync(default));
        Assert.False(await storesBefore.Lock.TryTakeAsync(default));
        await stores1.Lock.ReleaseAsync();

        Assert.True(await storesBefore.Lock.TryTakeAsync(default));
    }

    [Fact]
    public async Task Nothing_is_committed_without_the_lock()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = bed.Stores();
        await stores.Positions.StartAsync(default);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => stores.Batches.CommitAsync(new Batch(), default));

        Assert.True(await stores.Lock.TryTakeAsync(default));
        await stores.Batches.CommitAsync(new Batch(), default);
    }

    [Fact]
    public async Task Lock_that_is_lost_with_its_connection_is_taken_again_when_nobody_wrote_meanwhile()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = bed.StoresOnDatabaseTime();
        Assert.True(await stores.Lock.TryTakeAsync(default));
        await stores.Positions.StartAsync(default);
        using var stop = new CancellationTokenSource();
        var holding = stores.Lock.HoldAsync(stores.Positions.Epoch, stop.Token);

        await bed.Database.EndLockSessionsAsync();
        await bed.Logs.WaitForAsync(record => record.Id.Id == LogEvents.Ownership.LockLost);
        await bed.Logs.WaitForAsync(record => record.Id.Id == LogEvents.Ownership.LockRegained);

        Assert.True(stores.Lock.IsHeld);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => holding);
    }

    [Fact]
    public async Task Lock_whose_connection_the_driver_finds_broken_by_itself_is_known_to_be_lost()
    {
        await using var bed = await StoreBed.CreateAsync();
        var options = bed.Options with
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(bed.Options.ConnectionString) { KeepAlive = 1 }.ConnectionString,
        };
        await using var shardLock = new ShardLock(options, TimeProvider.System, new FakeLogger<ShardLock>(bed.Logs));
        Assert.True(await shardLock.TryTakeAsync(default));

        await bed.Database.EndLockSessionsAsync();
        await using var successor = bed.Stores();
        Assert.True(await successor.Lock.TryTakeAsync(default));
        await successor.Positions.StartAsync(default);

        // The driver's own look at the connection, after 1 s, comes before the first beat.
        await Assert.ThrowsAsync<StoreReplacedException>(
            () => shardLock.HoldAsync(bed.Positions.Epoch, default).WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Lock_that_is_lost_to_a_successor_ends_the_holding()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = bed.StoresOnDatabaseTime();
        await using var successor = bed.StoresOnDatabaseTime();
        Assert.True(await stores.Lock.TryTakeAsync(default));
        await stores.Positions.StartAsync(default);

        await bed.Database.EndLockSessionsAsync();
        Assert.True(await successor.Lock.TryTakeAsync(default));
        await successor.Positions.StartAsync(default);

        await Assert.ThrowsAsync<StoreReplacedException>(
            () => stores.Lock.HoldAsync(stores.Positions.Epoch, default).WaitAsync(Eventually.Limit));
        Assert.False(stores.Lock.IsHeld);
    }

    [Fact]
    public async Task Holder_that_gives_no_sign_of_life_loses_the_lock_within_ten_seconds()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var frozen = bed.Stores();
        await using var standby = bed.Stores();
        Assert.True(await frozen.Lock.TryTakeAsync(default));
        if (await bed.Database.MajorVersionAsync() < 14)
        {
            await bed.Database.EndLockSessionsAsync(); // as docs/operations.md tells a person to do there
            Assert.True(await standby.Lock.TryTakeAsync(default));

            return;
        }

        var clock = Stopwatch.StartNew();

        await Eventually.TrueAsync(() => standby.Lock.TryTakeAsync(default), "the lock is free", TimeSpan.FromSeconds(10));

        Assert.True(clock.Elapsed > ShardLock.SessionTimeout - ShardLock.HeartbeatInterval, $"after {clock.Elapsed}");
    }

    [Fact]
    public async Task Writer_frozen_in_the_middle_of_a_transaction_does_not_hold_up_its_successor()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var pool = StorageDataSource.Create(bed.Options);
        await using var connection = await pool.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "update metricity.positions set updated_at = now()";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());

        await using var successor = bed.Stores();
        var start = await successor.Positions.StartAsync(default).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2, successor.Positions.Epoch);
        Assert.Null(start.Position);
    }
}
