using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Ownership;
using Metricity.Tables;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Tables;

/// <summary>A started store on a database of its own, and questions about what it wrote.</summary>
internal sealed class StoreBed : IAsyncDisposable
{
    public static readonly Snowflake Guild = new(267624335836053506);

    /// <summary>The stores' clock at the start: 2026-03-01 12:00 UTC.</summary>
    public static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _dataSource;

    private StoreBed(TestDatabase database, StorageOptions options)
    {
        _database = database;
        Options = options;
        _dataSource = StorageDataSource.Create(options);
        State = new StateStore(_dataSource, options, new FakeLogger<StateStore>(Logs));
        Store = new BatchStore(_dataSource, options, State, Status, Clock, new FakeLogger<BatchStore>(Logs));
    }

    public TestDatabase Database => _database;

    public StorageOptions Options { get; }

    public StateStore State { get; }

    public BatchStore Store { get; }

    public StorageStatus Status { get; } = new();

    public FakeLogCollector Logs { get; } = new();

    public FakeTimeProvider Clock { get; } = new(Start);

    public static async Task<StoreBed> CreateAsync()
    {
        var database = await TestDatabase.CreateAsync();
        var bed = On(database);
        await bed.State.StartAsync(CancellationToken.None);

        return bed;
    }

    /// <summary>What a standby and writer of the shard has, on the stores' clock.</summary>
    public ShardStores Stores() => StoresOn(Clock);

    /// <summary>The same on the system's clock, which stands for the database's.</summary>
    public ShardStores StoresOnDatabaseTime() => StoresOn(TimeProvider.System);

    /// <summary>Another process on the same database; not started.</summary>
    public static StoreBed On(
        TestDatabase database,
        IReadOnlyDictionary<Snowflake, string>? schemas = null,
        TimeSpan? commandTimeout = null,
        int shardId = 0,
        int shardCount = 1) =>
        new(database, new StorageOptions
        {
            ConnectionString = database.ConnectionString,
            GuildSchemas = schemas ?? new Dictionary<Snowflake, string> { [Guild] = "public" },
            CommandTimeout = commandTimeout ?? TimeSpan.FromSeconds(30),
            ShardId = shardId,
            ShardCount = shardCount,
        });

    public Task CommitAsync(Action<ChangeSet> fill, GatewayPosition? position = null)
    {
        var batch = new Batch();
        if (position is not null)
        {
            var now = Clock.GetUtcNow().UtcDateTime;
            batch.MoveTo(position.Session, position.Sequence, now, now);
        }

        fill(batch.For(Guild));

        return Store.CommitAsync(batch, CancellationToken.None);
    }

    /// <summary>One row as text in PostgreSQL's form, e.g. <c>(1,name,f)</c>; null when there is none.</summary>
    public Task<string?> RowAsync(string columns, string table, Snowflake id) =>
        _database.ScalarAsync<string>($"select ({columns})::text from {table} where id = $1", id.ToString());

    /// <summary>The events of a user in the order of their time, e.g. <c>join 2026-01-01 00:00:00 seen</c>.</summary>
    public Task<IReadOnlyList<string>> EventsAsync(Snowflake user) =>
        _database.ListAsync<string>(
            """
            select kind || ' ' || at || case when inferred then ' inferred' else ' seen' end
            from member_events
            where user_id = $1
            order by at, id
            """,
            user.ToString());

    /// <summary>Between when and when the inferred leaves of a user were, e.g. <c>2026-01-01 00:00:00 to 2026-01-01 01:00:00</c>.</summary>
    public Task<IReadOnlyList<string>> BoundsOfLeavesAsync(Snowflake user) =>
        _database.ListAsync<string>(
            "select earliest || ' to ' || latest from member_events where user_id = $1 and kind = 'leave' and inferred order by id",
            user.ToString());

    /// <summary>A gap in which the members were not compared yet. Times are UTC.</summary>
    public Task AddGapAsync(DateTime from, DateTime until) =>
        _database.ExecuteAsync(
            $"""
            insert into metricity.coverage (guild_id, kind, reason, started_at, ended_at)
            values ('{Guild}', 'gap', 'session_lost', '{from:O}', '{until:O}')
            """);

    /// <summary>
    /// Where and by which transactions every row of the guild was written or locked: equal twice means that nothing touched a row.
    /// </summary>
    public async Task<string> FingerprintAsync()
    {
        var prints = new List<string>();
        foreach (var table in new[] { "categories", "channels", "threads", "users", "member_events", "messages", "message_tombstones" })
        {
            prints.Add(table + await _database.ScalarAsync<string>(
                $"select coalesce(md5(string_agg(concat(ctid, ' ', xmin, ' ', xmax), '|' order by ctid)), '') from {table}"));
        }

        return string.Join('\n', prints);
    }

    public async ValueTask DisposeAsync()
    {
        await _dataSource.DisposeAsync();
        await _database.DisposeAsync();
    }

    private ShardStores StoresOn(TimeProvider time) =>
        new(_dataSource, Options, Status, time, new LoggerFactory([new FakeLoggerProvider(Logs)]));
}
