using Metricity.Database;
using Metricity.Events;
using Metricity.IntegrationTests.Tables;
using Metricity.Ownership;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Ownership;

public sealed class PositionStoreTests
{
    [Fact]
    public async Task First_start_has_no_position_and_an_unsynced_guild()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var bed = StoreBed.On(database);

        var state = await bed.Positions.StartAsync(CancellationToken.None);

        Assert.Null(state.Position);
        Assert.Equal([StoreBed.Guild], state.UnsyncedGuilds);
        Assert.Empty(state.MembersRequestedAt);
        Assert.Equal(1, bed.Positions.Epoch);
    }

    [Fact]
    public async Task Position_is_committed_with_the_rows_and_read_at_the_next_start()
    {
        await using var bed = await StoreBed.CreateAsync();
        var position = BatchStoreTests.PositionAt(42);
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()), position);
        await using var next = StoreBed.On(bed.Database);

        var state = await next.Positions.StartAsync(CancellationToken.None);

        Assert.Equal(position, state.Position);
        Assert.Equal(2, next.Positions.Epoch);
    }

    [Fact]
    public async Task Batch_without_a_position_leaves_the_stored_one()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()), BatchStoreTests.PositionAt(42));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1)));

        Assert.Equal(42, await bed.Database.ScalarAsync<long>("select sequence from metricity.positions"));
    }

    [Fact]
    public async Task Writer_that_was_replaced_cannot_commit()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var next = StoreBed.On(bed.Database);
        await next.Positions.StartAsync(CancellationToken.None);

        var error = await Assert.ThrowsAsync<StoreReplacedException>(
            () => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()), BatchStoreTests.PositionAt(42)));

        Assert.StartsWith("Another Metricity took over shard 0 of 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await bed.Database.CountAsync("messages"));
        Assert.True(await bed.Database.ScalarAsync<bool>("select sequence is null from metricity.positions"));
    }

    [Fact]
    public async Task Refused_start_does_not_take_the_shard_over()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [new Snowflake(5)] = "public" });
        await Assert.ThrowsAsync<StopException>(() => other.Positions.StartAsync(CancellationToken.None));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        Assert.Equal(1, await bed.Database.CountAsync("messages"));
    }

    [Fact]
    public async Task Unmigrated_database_is_refused_with_the_command_to_run()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var bed = StoreBed.On(database);

        var error = await Assert.ThrowsAsync<StopException>(() => bed.Positions.StartAsync(CancellationToken.None));

        Assert.EndsWith("run `metricity --migrate`.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_does_not_exist_is_unavailable()
    {
        var options = new StorageOptions
        {
            ConnectionString = "Host=no-such-host.invalid;Username=u;Password=canary",
            GuildSchemas = new Dictionary<Snowflake, string>(),
        };
        await using var dataSource = StorageDataSource.Create(options);
        var logs = new FakeLogCollector();
        var store = new PositionStore(dataSource, options, new FakeLogger<PositionStore>(logs));

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.StartAsync(CancellationToken.None));

        Assert.StartsWith("The database cannot be reached", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_password_is_unusable()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var database = await TestDatabase.CreateAsync(cluster);
        await cluster.CreatePasswordRoleAsync("right");
        await using var bed = StoreBed.On(database);
        var options = bed.Options with
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString)
            {
                Username = PostgresCluster.PasswordRole,
                Password = "canary",
            }.ConnectionString,
        };
        await using var dataSource = StorageDataSource.Create(options);
        var store = new PositionStore(dataSource, options, new FakeLogger<PositionStore>(bed.Logs));

        var error = await Assert.ThrowsAsync<StopException>(() => store.StartAsync(CancellationToken.None));

        Assert.Equal("The database refused the user or password (SQLSTATE 28P01): correct ConnectionStrings:Metricity.", error.Message);
    }
}
