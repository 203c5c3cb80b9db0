using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>
/// One try to commit one batch: isolates rows that are refused, and keeps what is to be counted and remembered until the commit has
/// happened. Made and used by <see cref="BatchStore"/> alone.
/// </summary>
internal sealed class StoreTransaction(Session session, WriteMode mode, DateTime now)
{
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private readonly Dictionary<Snowflake, NewRows> _new = [];
    private List<RejectedRow>? _rejected;
    private Action? _afterCommit;
    private string? _schema;

    /// <summary>For the stores' statements.</summary>
    public Session Session => session;

    public WriteMode Mode => mode;

    /// <summary>The time of this try as the columns have it: UTC without a kind.</summary>
    public DateTime Now { get; } = now.ToColumn();

    public IReadOnlyDictionary<string, long> Written => _written;

    public IReadOnlyDictionary<Snowflake, NewRows> New => _new;

    public IReadOnlyList<RejectedRow> Rejected => _rejected ?? (IReadOnlyList<RejectedRow>)[];

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

        const string Sql = $"{Session.SchemaSql}; select rollup_lock()";
        await session.ExecuteAsync(Sql, new { Schema = schema });
        _schema = schema;
    }

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

    public void CountNew(Snowflake guildId, NewRows rows) => _new[guildId] = _new.GetValueOrDefault(guildId) + rows;

    /// <summary>For what the program remembers of the database: a rolled back statement must leave no trace in memory.</summary>
    public void AfterCommit(Action action) => _afterCommit += action;

    public async Task CommitAsync()
    {
        await session.CommitAsync();
        _afterCommit?.Invoke();
    }

    private async Task WriteIsolatedAsync<TRow>(
        string table,
        ArraySegment<TRow> rows,
        Func<TRow, Snowflake> id,
        Func<IReadOnlyCollection<TRow>, Task> write)
    {
        var refusal = await session.TryAsync(() => write(rows));
        if (refusal is null)
        {
            return;
        }

        if (rows.Count == 1)
        {
            (_rejected ??= []).Add(new RejectedRow(table, id(rows[0]), refusal.SqlState, refusal.ConstraintName));

            return;
        }

        var half = rows.Count / 2;
        await WriteIsolatedAsync(table, rows[..half], id, write);
        await WriteIsolatedAsync(table, rows[half..], id, write);
    }
}
