using System.Diagnostics;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Chaos;

/// <summary>What can happen to the database: its server, its sessions, its locks and its disk.</summary>
internal static class DatabaseFaults
{
    /// <summary>Exit code of a collector that starts while the database is away.</summary>
    private const int DatabaseExit = 3;

    private static readonly TimeSpan Excused = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Tables = ["messages", "users", "channels", "threads", "member_events"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(Lane.Database, "PostgreSQL died", 1, (bed, random, stop) => RestartAsync(bed, bed.Cluster.KillAsync, random, stop)),
        new(Lane.Database, "PostgreSQL stopped at once", 1, (bed, random, stop) =>
            RestartAsync(bed, () => bed.Cluster.StopAsync(PostgresStop.Immediate), random, stop)),
        new(Lane.Database, "PostgreSQL stopped", 1, (bed, random, stop) => RestartAsync(bed, () => bed.Cluster.StopAsync(), random, stop)),
        new(Lane.Database, "sessions terminated in mid-transaction", 4, (bed, _, stop) => SignalAsync(bed, "pg_terminate_backend", stop)),
        new(Lane.Database, "statement cancelled", 2, (bed, _, stop) => SignalAsync(bed, "pg_cancel_backend", stop)),
        new(Lane.Database, "table locked", 2, LockTableAsync),
        new(Lane.Database, "position row locked", 1, LockPositionAsync),
        new(Lane.Database, "deadlock", 2, DeadlockAsync),
        new(Lane.Database, "serialization failure", 2, (bed, random, stop) => RefuseAsync(bed, "40001", atCommit: false, random, stop)),
        new(Lane.Database, "serialization failure at commit", 2, (bed, random, stop) => RefuseAsync(bed, "40001", atCommit: true, random, stop)),
        new(Lane.Database, "out of memory", 1, (bed, random, stop) => RefuseAsync(bed, "53200", atCommit: false, random, stop)),
        new(Lane.Database, "disk-full error at commit", 1, (bed, random, stop) => RefuseAsync(bed, "53100", atCommit: true, random, stop)),
        new(Lane.Database, "disk full", 2, FillDiskAsync),
        new(Lane.Database, "database read-only", 1, ReadOnlyAsync),
    ];

    private static async Task<bool> RestartAsync(Bed bed, Func<Task> stopAsync, Random random, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, Excused);
        await stopAsync();
        await Bed.PauseAsync(random, 0, 4, stop);
        await bed.Cluster.StartAsync();
        bed.Collectors.Excuse(DatabaseExit, Excused);

        return true;
    }

    private static async Task<bool> SignalAsync(Bed bed, string function, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, Excused);
        var sql =
            $"""
            select count(*) filter (where {function}(pid))
            from pg_stat_activity
            where datname = '{Bed.Database}' and application_name <> '{Bed.Name}' and xact_start is not null
            """;
        await using var connection = await bed.ConnectAsync("postgres");
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience && !stop.IsCancellationRequested)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            if (await command.ExecuteScalarAsync(CancellationToken.None) is > 0L)
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<bool> LockTableAsync(Bed bed, Random random, CancellationToken stop)
    {
        var guild = bed.Guilds[random.Next(bed.Guilds.Count)];
        var table = Tables[random.Next(Tables.Length)];
        await HoldAsync(bed, $"lock table {guild.Schema}.{table} in access exclusive mode", random, stop);

        return true;
    }

    private static async Task<bool> LockPositionAsync(Bed bed, Random random, CancellationToken stop)
    {
        await HoldAsync(bed, "select from metricity.positions for update", random, stop);

        return true;
    }

    private static async Task HoldAsync(Bed bed, string sql, Random random, CancellationToken stop)
    {
        await using var connection = await bed.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await ExecuteAsync(connection, sql);
        await Bed.PauseAsync(random, 0.1, 4, stop);
        await transaction.RollbackAsync(CancellationToken.None);
    }

    /// <summary>
    /// The writer holds the position's row and waits for a table that we hold; then we ask for the row. Our own deadlock check comes late,
    /// so that the writer is the one whose transaction is undone.
    /// </summary>
    private static async Task<bool> DeadlockAsync(Bed bed, Random random, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, Excused);
        var table = $"{bed.Guilds[random.Next(bed.Guilds.Count)].Schema}.messages";
        await using var connection = await bed.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await ExecuteAsync(connection, "set local deadlock_timeout = '30s'");
        await ExecuteAsync(connection, $"lock table {table} in share row exclusive mode");
        var sql = $"select count(*) from pg_locks where relation = '{table}'::regclass and not granted";
        var clock = Stopwatch.StartNew();
        var waits = false;
        while (!waits && clock.Elapsed < Patience && !stop.IsCancellationRequested)
        {
            await Bed.PauseAsync(TimeSpan.FromMilliseconds(20), stop);
            await using var command = new NpgsqlCommand(sql, connection);
            waits = await command.ExecuteScalarAsync(CancellationToken.None) is > 0L;
        }

        if (waits)
        {
            await ExecuteAsync(connection, "update metricity.positions set updated_at = updated_at");
        }

        await transaction.RollbackAsync(CancellationToken.None);

        return waits;
    }

    /// <summary>The server refuses the writer's statements, or its commit, with this SQLSTATE. A sequence counts, since it is not undone.</summary>
    private static async Task<bool> RefuseAsync(Bed bed, string state, bool atCommit, Random random, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, Excused);
        var table = atCommit ? "metricity.positions" : $"{bed.Guilds[random.Next(bed.Guilds.Count)].Schema}.messages";
        var trigger = atCommit
            ? $"create constraint trigger chaos after update on {table} deferrable initially deferred for each row"
            : $"create trigger chaos before insert or update on {table} for each statement";
        await using var connection = await bed.ConnectAsync();
        await ExecuteAsync(connection,
            """
            create schema if not exists chaos;
            create sequence if not exists chaos.refused;
            create or replace function chaos.refuse() returns trigger language plpgsql as
            $$ begin perform nextval('chaos.refused'); raise exception 'chaos' using errcode = tg_argv[0]; end $$
            """);
        var before = await RefusedAsync(connection);
        await ExecuteAsync(connection, $"{trigger} execute function chaos.refuse('{state}')");
        try
        {
            var goal = before + 1 + random.Next(3);
            var clock = Stopwatch.StartNew();
            while (await RefusedAsync(connection) < goal && clock.Elapsed < Patience && !stop.IsCancellationRequested)
            {
                await Bed.PauseAsync(TimeSpan.FromMilliseconds(50), stop);
            }
        }
        finally
        {
            await ExecuteAsync(connection, $"drop trigger chaos on {table}");
        }

        return await RefusedAsync(connection) > before;
    }

    private static async Task<long> RefusedAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select case when is_called then last_value else 0 end from chaos.refused", connection);

        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<bool> FillDiskAsync(Bed bed, Random random, CancellationToken stop)
    {
        if (bed.Disk is not { } disk)
        {
            return false;
        }

        bed.Collectors.Excuse(DatabaseExit, Excused);
        await disk.FillAsync();
        try
        {
            await using var connection = await bed.ConnectAsync();
            await ExecuteAsync(connection, "create table if not exists filler as select generate_series(1, 100000)");
            bed.Journal.Note("the disk was not full");

            return false;
        }
        catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.DiskFull)
        {
            await Bed.PauseAsync(random, 1, 6, stop);

            return true;
        }
        finally
        {
            await disk.FreeAsync();
        }
    }

    private static async Task<bool> ReadOnlyAsync(Bed bed, Random random, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, Excused);
        await using var connection = await bed.ConnectAsync("postgres");
        await ExecuteAsync(connection, $"alter database {Bed.Database} set default_transaction_read_only = on");
        await EndSessionsAsync(connection);
        await Bed.PauseAsync(random, 0.5, 3, stop);
        await ExecuteAsync(connection, $"alter database {Bed.Database} reset default_transaction_read_only");
        await EndSessionsAsync(connection);

        return true;
    }

    private static Task EndSessionsAsync(NpgsqlConnection connection) => ExecuteAsync(
        connection,
        $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Bed.Database}' and application_name <> '{Bed.Name}'");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
