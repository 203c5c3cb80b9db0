using System.Data;
using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Coverage;

/// <summary>
/// The lock that keeps a second backfill of a guild away: side by side they would lose no row, but each would set back the other's
/// progress. It belongs to the connection, and ends with the process.
/// </summary>
internal sealed class BackfillLock(NpgsqlDataSource dataSource, Snowflake guildId) : IAsyncDisposable
{
    private static readonly TimeSpan StatementTimeout = TimeSpan.FromSeconds(30);

    private NpgsqlConnection? _connection;

    /// <summary>Makes sure that the lock is held: takes it, also again when its connection broke and nobody else did meanwhile.</summary>
    /// <exception cref="StopException">Another backfill of the guild is running, or a person has to act.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    public Task HoldAsync(CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        // Taking a lock twice would need two releases; this session has no other advisory lock.
        const string Sql =
            """
            select case
                when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) then true
                else pg_try_advisory_lock(hashtextextended('metricity backfill ' || @GuildId, 0))
            end
            """;
        if (_connection is { State: not ConnectionState.Open } broken)
        {
            _connection = null;
            await broken.DisposeAsync();
        }

        _connection ??= await dataSource.ConnectAsync(cancellationToken);

        return await On(_connection, cancellationToken).QuerySingleAsync<bool>(Sql, new { GuildId = guildId.ToString() })
            ? true
            : throw new StopException(ExitCode.Database, $"Another backfill of guild {guildId} is running: wait for it, or stop it.");
    }, cancellationToken);

    /// <summary>Does something on the lock's own connection, so only while it is held.</summary>
    public Task<T> RunAsync<T>(Func<Session, Task<T>> action, CancellationToken cancellationToken)
    {
        var connection = _connection ?? throw new InvalidOperationException("HoldAsync comes first.");

        return DatabaseFaults.GuardAsync(() => action(On(connection, cancellationToken)), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        if (connection.State == ConnectionState.Open)
        {
            // The pool keeps connections, and with them their locks.
            await DatabaseFaults.TryAsync(() => On(connection, CancellationToken.None).ExecuteAsync("select pg_advisory_unlock_all()"));
        }

        await connection.DisposeAsync();
    }

    private static Session On(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Session.On(connection, StatementTimeout, cancellationToken);
}
