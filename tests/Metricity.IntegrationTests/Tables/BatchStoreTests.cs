using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Testing;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Tables;

public sealed class BatchStoreTests
{
    private static readonly DateTime At = new(2026, 2, 1, 8, 30, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Batch_repeated_touches_no_row()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Everything);
        var first = await bed.FingerprintAsync();
        var written = bed.Status.RowsWritten.Values.Sum();

        await bed.CommitAsync(Everything);

        Assert.Equal(first, await bed.FingerprintAsync());
        Assert.Equal(written, bed.Status.RowsWritten.Values.Sum());
    }

    [Fact]
    public async Task Batch_repeated_by_the_next_process_touches_no_row()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Everything);
        var first = await bed.FingerprintAsync();
        await using var next = StoreBed.On(bed.Database);
        await next.Positions.StartAsync(CancellationToken.None);

        await next.CommitAsync(Everything);

        Assert.Equal(first, await bed.FingerprintAsync());
    }

    [Fact]
    public async Task Sync_with_nothing_changed_touches_no_row()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Everything);
        await bed.CommitAsync(changes => changes.SeenUserIds = [Some.User]);
        var first = await bed.FingerprintAsync();

        await bed.CommitAsync(changes =>
        {
            changes.SyncStarted = true;
            changes.ActiveThreads = new ActiveThreads(null, [Some.Thread]);
            Guild(changes);
        });
        await bed.CommitAsync(changes => changes.SeenUserIds = [Some.User]);

        Assert.Equal(first, await bed.FingerprintAsync());
    }

    [Fact]
    public async Task Row_that_the_database_refuses_is_left_out_and_the_rest_commits()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ExecuteAsync($"alter table messages add constraint no_seven check (id <> '{Some.Message.Value + 7}')");

        await bed.CommitAsync(
            changes => changes.AddTalk(Enumerable.Range(0, 100).Select(n => Some.MessageRow((ulong)n)).ToArray()), PositionAt(5));

        Assert.Equal(99, await bed.Database.CountAsync("messages"));
        Assert.Equal(1, bed.Status.RowsRejected["messages"]);
        Assert.Equal(99, bed.Status.RowsWritten["messages"]);
        Assert.Equal(5, await bed.Database.ScalarAsync<long>("select sequence from metricity.positions"));
    }

    [Fact]
    public async Task Row_that_the_database_refuses_is_logged_without_its_values()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ExecuteAsync("alter table users add constraint no_canary check (name <> 'canary')");

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(name: "canary"), Some.Member(new Snowflake(5), "bob")));

        var error = Assert.Single(bed.Logs.GetSnapshot(), record => record.Level == LogLevel.Error);
        Assert.Equal("A row for table users was refused by the database and is lost (SQLSTATE 23514, constraint no_canary)", error.Message);
        Assert.DoesNotContain(bed.Logs.GetSnapshot(), record => record.Everything().Contains("'canary'", StringComparison.Ordinal)
            || record.Everything().Contains("Failing row", StringComparison.Ordinal));
        Assert.All(
            bed.Logs.GetSnapshot().Where(record => record.Message.Contains(Some.User.ToString(), StringComparison.Ordinal)),
            record => Assert.Equal(LogLevel.Debug, record.Level));
        Assert.Equal(["bob"], await bed.Database.ListAsync<string>("select name from users"));
    }

    [Fact]
    public async Task Message_of_a_refused_author_is_kept_with_a_stand_in()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ExecuteAsync("alter table users add constraint no_ann check (name <> 'ann')");

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));

        Assert.Equal(1, await bed.Database.CountAsync("messages"));
        Assert.Equal([$"unknown-{Some.User}"], await bed.Database.ListAsync<string>("select name from users"));
    }

    [Fact]
    public async Task Missing_table_is_unusable_and_says_what_to_do()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ExecuteAsync("drop table messages cascade");

        var error = await Assert.ThrowsAsync<StopException>(() => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow())));

        Assert.Equal(
            "The database lacks a table, column, function or schema that Metricity needs (SQLSTATE 42P01): run `metricity --migrate`.",
            error.Message);
        Assert.Equal(0, await bed.Database.CountAsync("users"));
    }

    [Fact]
    public async Task Statement_that_takes_too_long_is_unavailable()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var bed = StoreBed.On(database, commandTimeout: TimeSpan.FromSeconds(1));
        await bed.Positions.StartAsync(CancellationToken.None);
        await using var locker = await bed.Database.DataSource.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (var command = locker.CreateCommand())
        {
            command.CommandText = "lock table messages";
            await command.ExecuteNonQueryAsync();
        }

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow())));

        Assert.Equal("The database did not answer in time.", error.Message);
    }

    [Fact]
    public async Task Stopped_server_is_unavailable_and_the_batch_goes_in_when_it_is_back()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var database = await TestDatabase.CreateAsync(cluster);
        await using var bed = StoreBed.On(database);
        await bed.Positions.StartAsync(CancellationToken.None);
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));
        await cluster.StopAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1))));
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1))));
        await cluster.StartAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1)));

        Assert.Equal("The database cannot be reached (ConnectionRefused).", refused.Message);
        Assert.Equal(2, await database.CountAsync("messages"));
    }

    [Fact]
    public async Task Cancellation_is_no_error_of_the_database()
    {
        await using var bed = await StoreBed.CreateAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var batch = new Batch();
        batch.For(StoreBed.Guild).AddTalk(Some.MessageRow());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bed.Store.CommitAsync(batch, stop.Token));
    }

    [Fact]
    public async Task Guilds_are_written_to_their_own_schemas()
    {
        await using var database = await TestDatabase.CreateAsync();
        var other = new Snowflake(5);
        const string Schema = "Odd \"name\"; x";
        await new Metricity.Migrations.SchemaMigrator(database.ConnectionString, [Schema], _ => { }).UpAsync(null, CancellationToken.None);
        await using var bed = StoreBed.On(database, new Dictionary<Snowflake, string> { [StoreBed.Guild] = "public", [other] = Schema });
        await bed.Positions.StartAsync(CancellationToken.None);
        var batch = new Batch();
        batch.For(StoreBed.Guild).AddTalk(Some.MessageRow());
        batch.For(other).AddTalk(Some.MessageRow(1), Some.MessageRow(2));

        await bed.Store.CommitAsync(batch, CancellationToken.None);

        Assert.Equal(1, await database.CountAsync("public.messages"));
        Assert.Equal(2, await database.CountAsync("\"Odd \"\"name\"\"; x\".messages"));
    }

    internal static GatewayPosition PositionAt(long sequence) =>
        new(new GatewaySession("session-1", new Uri("wss://gateway-example.test/")), sequence);

    private static void Everything(ChangeSet changes)
    {
        Guild(changes);
        changes.Leavers[new Snowflake(81)] = (Some.Author(new Snowflake(81)), At);
        changes.MemberEvents.Add(new MemberEventRow(new Snowflake(81), false, At));
        changes.AddAuthors(Some.Author(new Snowflake(82)));
        changes.DeletedThreads.Add(new Snowflake(83));
        changes.Add(Some.ThreadFacts(new Snowflake(83)));
        changes.Add(
            Some.MessageRow(),
            Some.MessageRow(1, thread: Some.Thread) with { DeletedAt = At },
            Some.MessageRow(2) with { EditedAt = At });
        changes.Edits[new Snowflake(84)] = At;
        changes.Deletes[new Snowflake(85)] = StoreBed.Start;
        changes.Deletes[new Snowflake(Some.Message.Value + 1)] = At;
    }

    private static void Guild(ChangeSet changes)
    {
        changes.Add(new CategoryRow(Some.Category, "Help", false));
        changes.Add(Some.ChannelRow() with { CategoryId = Some.Category }, Some.ChannelRow(new Snowflake(90), null) with { Type = null });
        changes.Add(Some.ThreadFacts() with { AppliedTags = [new(1)], ArchivedAt = At, OwnerId = Some.User, CreatedAt = At });
        changes.AddMembers(Some.Member() with { PublicFlags = 64, GuildAvatarHash = "g", AvatarHash = "a" });
    }
}
