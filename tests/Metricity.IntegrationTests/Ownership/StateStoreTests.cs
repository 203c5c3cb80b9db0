using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.IntegrationTests.Tables;
using Metricity.Ownership;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Ownership;

public sealed class StateStoreTests
{
    [Fact]
    public async Task First_start_has_no_position_and_an_unsynced_guild()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var bed = StoreBed.On(database);

        var state = await bed.State.StartAsync(CancellationToken.None);

        Assert.Null(state.Position);
        Assert.Equal([StoreBed.Guild], state.UnsyncedGuilds);
        Assert.Empty(state.MembersRequestedAt);
        Assert.Equal(1, bed.State.Epoch);
    }

    [Fact]
    public async Task Position_is_committed_with_the_rows_and_read_at_the_next_start()
    {
        await using var bed = await StoreBed.CreateAsync();
        var position = BatchStoreTests.PositionAt(42);
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()), position);
        await using var next = StoreBed.On(bed.Database);

        var state = await next.State.StartAsync(CancellationToken.None);

        Assert.Equal(position, state.Position);
        Assert.Equal(2, next.State.Epoch);
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
        await next.State.StartAsync(CancellationToken.None);

        var error = await Assert.ThrowsAsync<StoreReplacedException>(
            () => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()), BatchStoreTests.PositionAt(42)));

        Assert.StartsWith("Another Metricity took over shard 0 of 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await bed.Database.CountAsync("messages"));
        Assert.True(await bed.Database.ScalarAsync<bool>("select sequence is null from metricity.positions"));
    }

    [Fact]
    public async Task Sync_started_and_ended_is_remembered()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.SyncStarted = true);
        await using var during = StoreBed.On(bed.Database);
        Assert.Single((await during.State.StartAsync(CancellationToken.None)).UnsyncedGuilds);

        await during.CommitAsync(changes => changes.SeenUserIds = []);

        await using var after = StoreBed.On(bed.Database);
        Assert.Empty((await after.State.StartAsync(CancellationToken.None)).UnsyncedGuilds);
        Assert.Equal(
            StoreBed.Start, await bed.Database.ScalarAsync<DateTime>("select members_synced_at from metricity.guilds"));
    }

    [Fact]
    public async Task Member_request_time_is_remembered_over_a_restart()
    {
        await using var bed = await StoreBed.CreateAsync();
        var at = new DateTimeOffset(StoreBed.Start);
        await bed.State.RecordMembersRequestedAsync(StoreBed.Guild, at, CancellationToken.None);
        await using var next = StoreBed.On(bed.Database);

        var state = await next.State.StartAsync(CancellationToken.None);

        Assert.Equal(at, state.MembersRequestedAt[StoreBed.Guild]);
    }

    [Fact]
    public async Task Schema_of_another_guild_is_refused()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [new Snowflake(5)] = "public" });

        var error = await Assert.ThrowsAsync<StoreUnusableException>(() => other.State.StartAsync(CancellationToken.None));

        Assert.Equal(
            $"Schema \"public\" holds guild {StoreBed.Guild}, not 5: give guild 5 a schema of its own in Guilds:N:Schema.", error.Message);
    }

    [Fact]
    public async Task Guild_that_was_in_another_schema_is_refused()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [StoreBed.Guild] = "elsewhere" });

        var error = await Assert.ThrowsAsync<StoreUnusableException>(() => other.State.StartAsync(CancellationToken.None));

        Assert.StartsWith(
            $"Guild {StoreBed.Guild} lives in schema \"public\", not in \"elsewhere\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_start_does_not_take_the_shard_over()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [new Snowflake(5)] = "public" });
        await Assert.ThrowsAsync<StoreUnusableException>(() => other.State.StartAsync(CancellationToken.None));

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        Assert.Equal(1, await bed.Database.CountAsync("messages"));
    }

    [Fact]
    public async Task Directory_holds_what_is_not_deleted_and_no_stand_ins()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.Add(new CategoryRow(Some.Category, "Help", false), new CategoryRow(new Snowflake(50), "Old", true));
            changes.Add(
                Some.ChannelRow() with { CategoryId = Some.Category },
                Some.ChannelRow(new Snowflake(51)),
                Some.ChannelRow(new Snowflake(52)) with { IsDeleted = true });
            changes.Add(Some.ThreadFacts() with { IsArchived = true });
            changes.AddAuthors(Some.Author());
            changes.Add(Some.MessageRow(channel: new Snowflake(53)));
        });

        var directory = await bed.State.LoadDirectoryAsync(StoreBed.Guild, CancellationToken.None);

        Assert.Equal([Some.Category], directory.Categories);
        Assert.Equal(
            new Dictionary<Snowflake, Snowflake?> { [Some.Channel] = Some.Category, [new Snowflake(51)] = null }, directory.Channels);
        Assert.Equal(new Dictionary<Snowflake, Snowflake> { [Some.Thread] = Some.Channel }, directory.Threads);
    }

    [Fact]
    public async Task Unmigrated_database_is_refused_with_the_command_to_run()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var bed = StoreBed.On(database);

        var error = await Assert.ThrowsAsync<StoreUnusableException>(() => bed.State.StartAsync(CancellationToken.None));

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
        var store = new StateStore(dataSource, options, new FakeLogger<StateStore>(logs));

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
        var store = new StateStore(dataSource, options, new FakeLogger<StateStore>(bed.Logs));

        var error = await Assert.ThrowsAsync<StoreUnusableException>(() => store.StartAsync(CancellationToken.None));

        Assert.Equal("The database refused the user or password (SQLSTATE 28P01): correct ConnectionStrings:Metricity.", error.Message);
    }
}
