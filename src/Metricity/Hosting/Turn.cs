using Metricity.Collect;
using Metricity.Database;
using Metricity.Ownership;

namespace Metricity.Hosting;

/// <summary>One turn as the writer of the shard, until it is asked to stop and all is drained, or replaced.</summary>
internal sealed class Turn(
    IEnumerable<EventSources> sources,
    ShardLock shardLock,
    PositionStore positions,
    CollectStages stages,
    ConfiguredGuilds visibility,
    GuildStore guilds)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await stages.RunAsync(
                [.. sources.SelectMany(source => source.Loops)],
                cancellation => shardLock.HoldAsync(positions.Epoch, cancellation),
                stopping);
        }
        finally
        {
            await ReleaseHiddenAsync();
        }
    }

    private async Task ReleaseHiddenAsync()
    {
        try
        {
            if (visibility.Hidden.Count > 0)
            {
                await guilds.ReleaseAsync(visibility.Hidden, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is StoreUnavailableException or StopException)
        {
            // The next start finds them hidden again; what ended the turn says more.
        }
    }
}
