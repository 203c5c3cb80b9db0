using Metricity.Collect;
using Metricity.Coverage;

namespace Metricity.Tables;

/// <summary>
/// Lets pages of a backfill through while its lock is held. Two backfills of a guild side by side would lose no row, but each would set
/// back the other's progress.
/// </summary>
internal sealed class BackfillBatchStore(IBatchStore inner, BackfillStore backfill) : IBatchStore
{
    public async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        await backfill.HoldAsync(cancellationToken);
        await inner.CommitAsync(batch, cancellationToken);
    }
}
