using System.Data.Common;
using Dapper;
using Metricity.Database;
using Metricity.Events;
using Metricity.Migrations;
using Npgsql;

namespace Metricity.Tables;

/// <summary>
/// One try to commit one batch: runs the stores' statements, isolates rows that are refused, and keeps what is to be counted and
/// remembered until the commit has happened. Made and used by <see cref="BatchStore"/> alone.
/// </summary>
internal sealed class StoreTransaction(
    NpgsqlConnection connection,
    NpgsqlTransaction transaction,
    StorageOptions options,
    WriteMode mode,
    DateTime now,
    CancellationToken cancellationToken)
{
    private const string Savepoint = "rows";

    private readonly List<Action> _afterCommit = [];
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private readonly Dictionary<Snowflake, GuildTotals> _new = [];
    private readonly List<RejectedRow> _rejected = [];

    private string? _schema;

    public WriteMode Mode => mode;

    /// <summary>The time of this try as the columns have it: UTC without a kind.</summary>
    public DateTime Now { get; } = now.ToColumn();

    public IReadOnlyDictionary<string, long> Written => _written;

    public IReadOnlyDictionary<Snowflake, GuildTotals> New => _new;

    public IReadOnlyList<RejectedRow> Rejected => _rejected;

    /// <summary>
    /// Sends the tables' names without a schema to the guild's schema, and makes this transaction the one that changes its roll-ups, until its
    /// end. The triggers would take the same lock, but only after rows: a backfill beside the collector could then meet it in a deadlock.
    /// </summary>
    public async Task UseSchemaAsync(string schema)
    {
        if (schema == _schema)
        {
            return;
        }

        const string Sql = "select set_config('search_path', quote_ident(@Schema), true); select rollup_lock()";
        await ExecuteAsync(Sql, new { Schema = schema });
        _schema = schema;
    }

    public Task<int> ExecuteAsync(string sql, object parameters) => connection.ExecuteAsync(Command(sql, parameters));

    public Task<T> QuerySingleAsync<T>(string sql, object parameters) => connection.QuerySingleAsync<T>(Command(sql, parameters));

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters) =>
        (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The first row, or the default of the type when there is none.</summary>
    public Task<T?> QueryFirstAsync<T>(string sql, object parameters) => connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>For results that are too many to be held.</summary>
    public Task<DbDataReader> ReadAsync(string sql, object? parameters = null) => connection.ExecuteReaderAsync(Command(sql, parameters));

    /// <summary>
    /// Writes rows of a table: at once, or in <see cref="WriteMode.Isolated"/> by halves until those that are refused are alone.
    /// </summary>
    /// <param name="write">Must be repeatable for any part of the rows.</param>
    public async Task WriteAsync<TRow>(
        string table,
        IReadOnlyCollection<TRow> rows,
        Func<TRow, Snowflake> id,
        Func<IReadOnlyCollection<TRow>, Task> write)
    {
        if (rows.Count == 0)
        {
            return;
        }

        if (mode == WriteMode.Isolated)
        {
            await WriteIsolatedAsync(table, rows.ToArray(), id, write);

            return;
        }

        await write(rows);
    }

    public void CountWritten(string table, long rows)
    {
        if (rows > 0)
        {
            _written[table] = _written.GetValueOrDefault(table) + rows;
        }
    }

    public void CountNew(Snowflake guildId, GuildTotals rows) => _new[guildId] = _new.GetValueOrDefault(guildId) + rows;

    /// <summary>For what the program remembers of the database: a rolled back statement must leave no trace in memory.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    public async Task CommitAsync()
    {
        await transaction.CommitAsync(cancellationToken);
        foreach (var action in _afterCommit)
        {
            action();
        }
    }

    private async Task WriteIsolatedAsync<TRow>(
        string table,
        ArraySegment<TRow> rows,
        Func<TRow, Snowflake> id,
        Func<IReadOnlyCollection<TRow>, Task> write)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await write(rows);
            await transaction.ReleaseAsync(Savepoint, cancellationToken);

            return;
        }
        catch (PostgresException refused) when (DatabaseFault.Of(refused, cancellationToken) is { Kind: FaultKind.BadRow })
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            await transaction.ReleaseAsync(Savepoint, cancellationToken);
            if (rows.Count == 1)
            {
                _rejected.Add(new RejectedRow(table, id(rows[0]), refused.SqlState, refused.ConstraintName));

                return;
            }
        }

        var half = rows.Count / 2;
        await WriteIsolatedAsync(table, rows[..half], id, write);
        await WriteIsolatedAsync(table, rows[half..], id, write);
    }

    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters, transaction, (int)options.CommandTimeout.TotalSeconds, cancellationToken: cancellationToken);
}
