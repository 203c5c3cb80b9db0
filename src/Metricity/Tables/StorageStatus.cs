using System.Collections.Concurrent;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>
/// Counters of the tables since the start, of committed work alone. Written by the stores, read
/// by metrics and tests from any thread.
/// </summary>
internal sealed class StorageStatus
{
    private readonly ConcurrentDictionary<string, long> _rowsWritten = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _rowsRejected = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Snowflake, NewRows> _guilds = new();
    private long _batchesCommitted;
    private long _batchesRefused;

    /// <summary>Rows inserted or changed, by table.</summary>
    public IReadOnlyDictionary<string, long> RowsWritten => _rowsWritten;

    /// <summary>Rows that PostgreSQL refused and that are lost, by table.</summary>
    public IReadOnlyDictionary<string, long> RowsRejected => _rowsRejected;

    /// <summary>Rows newly stored, by guild; a guild without any is missing.</summary>
    public IReadOnlyDictionary<Snowflake, NewRows> Guilds => _guilds;

    public long BatchesCommitted => Interlocked.Read(ref _batchesCommitted);

    /// <summary>Tries that PostgreSQL refused because of a row; each was followed by a more careful try.</summary>
    public long BatchesRefused => Interlocked.Read(ref _batchesRefused);

    public void CountWritten(string table, long rows) => _rowsWritten.AddOrUpdate(table, rows, (_, sum) => sum + rows);

    public void CountNew(Snowflake guildId, NewRows rows) => _guilds.AddOrUpdate(guildId, rows, (_, sum) => sum + rows);

    public void CountRejected(string table) => _rowsRejected.AddOrUpdate(table, 1, (_, sum) => sum + 1);

    public void CountCommitted() => Interlocked.Increment(ref _batchesCommitted);

    public void CountRefused() => Interlocked.Increment(ref _batchesRefused);
}
