using Metricity.IntegrationTests.Collect;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>What can be wrong with a database that is there. The trouble of a run ends with <see cref="UnlockAsync"/>.</summary>
internal sealed class DatabaseTroubles
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<CollectorHarness, DatabaseTroubles> Running = [];

    private readonly CollectorHarness _run;
    private readonly NpgsqlConnection _connection;

    private DatabaseTroubles(CollectorHarness run, NpgsqlConnection connection)
    {
        _run = run;
        _connection = connection;
    }

    /// <summary>Nobody can write messages until <see cref="UnlockAsync"/>.</summary>
    public static async Task<DatabaseTroubles> LockMessagesAsync(CollectorHarness run)
    {
        var trouble = await OpenAsync(run);
        await trouble.ExecuteAsync("begin");
        await trouble.ExecuteAsync("lock table messages in exclusive mode");

        return trouble;
    }

    /// <summary>Does what a successor does: takes the writer's locks and raises the epoch, and keeps them.</summary>
    public static async Task TakeOverAsync(CollectorHarness run)
    {
        var trouble = await OpenAsync(run);

        // The lock's own session is ended, and the waiting one gets the lock before the writer, who only tries, can take it again.
        await trouble.ExecuteAsync(
            $"""
            select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
                and database = (select oid from pg_database where datname = current_database());
            select pg_advisory_lock({run.Guild.Id});
            update metricity.positions set epoch = epoch + 1
            """);
    }

    /// <summary>Ends the trouble of the run, whichever it is.</summary>
    public static async Task UnlockAsync(CollectorHarness run)
    {
        if (Running.TryGetValue(run, out var trouble))
        {
            Running.Remove(run);
            await trouble._connection.DisposeAsync();
        }
    }

    public static async Task RefuseMessagesAsync(CollectorHarness run, string sqlState) => await run.Database.ExecuteAsync(
        $"""
        create function refuse() returns trigger language plpgsql as $$ begin raise 'no' using errcode = '{sqlState}'; end $$;
        create trigger refuse before insert on messages for each row execute function refuse()
        """);

    public static Task AcceptMessagesAsync(CollectorHarness run) =>
        run.Database.ExecuteAsync("drop trigger refuse on messages; drop function refuse()");

    public Task WaitUntilBlockedAsync() => Eventually.TrueAsync(
        () => _run.Database.ScalarAsync<bool>($"select exists (select {Blocked})"), "the commit waits for the lock", CollectorHarness.Limit);

    /// <summary>As when a statement has taken too long.</summary>
    public Task EndTryAsync() => _run.Database.ExecuteAsync($"select pg_cancel_backend(pid) {Blocked}");

    private const string Blocked =
        "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%into messages%'";

    private static async Task<DatabaseTroubles> OpenAsync(CollectorHarness run)
    {
        var settings = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        var trouble = new DatabaseTroubles(run, connection);
        Running.Add(run, trouble);

        return trouble;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
