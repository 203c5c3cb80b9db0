using Metricity.Collect;
using Metricity.Database;
using Metricity.Ownership;

namespace Metricity.Tables;

/// <summary>
/// Lets batches through while the shard's lock is held. When it is lost a successor may be at work: the epoch would refuse the batch
/// only once the successor has raised it.
/// </summary>
internal sealed class LockedBatchStore(IBatchStore inner, ShardLock shardLock) : IBatchStore
{
    public Task CommitAsync(Batch batch, CancellationToken cancellationToken) => shardLock.IsHeld
        ? inner.CommitAsync(batch, cancellationToken)
        : throw new StoreUnavailableException("The shard's lock is not held at the moment.");
}
