using Metricity.Benchmarks.Load;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Benchmarks;

/// <summary>A private PostgreSQL with its default settings (fsync on), migrated, with the authors of the load.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;

    private Database(PostgresCluster cluster, TestDatabase tables)
    {
        _cluster = cluster;
        Tables = tables;
    }

    public TestDatabase Tables { get; }

    public string ConnectionString => Tables.ConnectionString;

    public static async Task<Database> StartAsync()
    {
        var cluster = await PostgresCluster.StartNewAsync(PostgresHostKind.Binaries, durable: true);

        return new Database(cluster, await TestDatabase.CreateAsync(cluster));
    }

    /// <summary>The rows that the load's messages refer to.</summary>
    public async Task AddParentsAsync()
    {
        await Tables.ExecuteAsync(
            "insert into channels (id, name, is_staff) select unnest($1::varchar[]), 'channel', false",
            (object)All(LoadPlan.Channels, LoadPlan.ChannelId));
        await Tables.ExecuteAsync(
            """
            insert into threads (id, parent_channel_id, name, archived, auto_archive_duration, locked, type)
            select id, parent, 'thread', false, 1440, false, 'public_thread'
            from unnest($1::varchar[], $2::varchar[]) as g (id, parent)
            """,
            (object)All(LoadPlan.Threads, LoadPlan.ThreadId),
            (object)All(LoadPlan.Threads, thread => LoadPlan.ChannelId(LoadPlan.ParentOf(thread))));
        await Tables.ExecuteAsync(
            """
            insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            select unnest($1::varchar[]), 'somebody', now(), now(), false, false, true, false
            """,
            (object)All(LoadPlan.Authors, LoadPlan.AuthorId));
        await Tables.ExecuteAsync("analyze");
    }

    /// <summary>Empty <c>messages</c> and roll-ups and nothing left to write from before, so that every measurement begins alike.</summary>
    public async Task ResetAsync()
    {
        await SwitchRollupsAsync(true);
        await Tables.ExecuteAsync("truncate messages");
        await Tables.ExecuteAsync("checkpoint");
    }

    /// <summary>Whether triggers keep the roll-ups.</summary>
    public Task SwitchRollupsAsync(bool isOn) => Tables.ExecuteAsync($"alter table messages {(isOn ? "enable" : "disable")} trigger user");

    public async Task RequireRollupsAsync(int count)
    {
        if (await Tables.ScalarAsync<long>("select coalesce(sum(messages), 0) from rollup_author_hours") is var counted && counted != count)
        {
            throw new InvalidOperationException($"{counted} messages are in the roll-ups, not {count}.");
        }
    }

    public async Task RequireMessagesAsync(int count)
    {
        if (await Tables.CountAsync("messages") is var stored && stored != count)
        {
            throw new InvalidOperationException($"{stored} messages are stored, not {count}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Tables.DataSource.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await _cluster.DisposeAsync();
    }

    private static string[] All(int count, Func<int, ulong> id) => [.. Enumerable.Range(0, count).Select(i => LoadPlan.Text(id(i)))];
}
