using Metricity.Database;

namespace Metricity.Collect;

/// <summary>Where batches go. `Tables` implements it; tests use one in memory.</summary>
internal interface IBatchStore
{
    /// <summary>
    /// Commits rows and position in one transaction. Safe to repeat with the same batch, also when the outcome of the last try is unknown.
    /// Rows that the database refuses (SQLSTATE class 22, 23) are left out, counted and logged; the rest commits.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy: try again later.</exception>
    /// <exception cref="StopException">A person has to act (missing table, no rights): stop.</exception>
    /// <exception cref="StoreReplacedException">Another writer took the shard over: stop writing.</exception>
    Task CommitAsync(Batch batch, CancellationToken cancellationToken);
}
