using System.Collections.Concurrent;

namespace Metricity.Storage;

/// <summary>
/// Counters of the storage stage since the start, of committed work alone. Written by the store, read by metrics and tests from any thread.
/// </summary>
internal sealed class StorageStatus
{
    private readonly ConcurrentDictionary<string, long> _rowsWritten = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _rowsRejected = new(StringComparer.Ordinal);
    private long _batchesCommitted;
    private long _batchesRefused;

    /// <summary>Rows inserted or changed, by table.</summary>
    public IReadOnlyDictionary<string, long> RowsWritten => _rowsWritten;

    /// <summary>Rows that PostgreSQL refused and that are lost, by table.</summary>
    public IReadOnlyDictionary<string, long> RowsRejected => _rowsRejected;

    public long BatchesCommitted => Interlocked.Read(ref _batchesCommitted);

    /// <summary>Tries that PostgreSQL refused because of a row; each was followed by a more careful try.</summary>
    public long BatchesRefused => Interlocked.Read(ref _batchesRefused);

    public void CountWritten(string table, long rows) => _rowsWritten.AddOrUpdate(table, rows, (_, sum) => sum + rows);

    public void CountRejected(string table) => _rowsRejected.AddOrUpdate(table, 1, (_, sum) => sum + 1);

    public void CountCommitted() => Interlocked.Increment(ref _batchesCommitted);

    public void CountRefused() => Interlocked.Increment(ref _batchesRefused);
}
