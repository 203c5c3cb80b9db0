using Metricity.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metricity.Ownership;

/// <summary>What the writer of a shard does in its turn, until it is asked to stop.</summary>
/// <param name="turn">The services of this turn.</param>
internal delegate Task CollectTurn(IServiceProvider turn, CancellationToken stopping);

/// <summary>
/// The turns of this process at its shard: a standby until nobody else collects it, then the writer. Who is replaced by another process
/// stands by again. A turn has services of its own: what stores remember is wrong as soon as another process has written.
/// </summary>
internal sealed partial class ShardTurns(
    StorageOptions shard,
    IServiceScopeFactory scopes,
    CollectTurn collect,
    ShardStatus status,
    TimeProvider time,
    ILogger<ShardTurns> logger)
{
    /// <summary>How often a standby looks whether the shard is free. With the lock's time of silence this keeps a takeover under 10 s.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ReminderInterval = TimeSpan.FromMinutes(5);

    /// <summary>Until <paramref name="stopping"/>. A database that is away at the start ends it, so that the operator learns of it.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["Shard"] = shard.ShardId });
        try
        {
            while (!await TakeTurnAsync(stopping))
            {
                await Task.Delay(PollInterval, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop before there was anything to drain.
        }
    }

    /// <summary>Waits, collects and frees the shard. True when it was asked to stop.</summary>
    private async Task<bool> TakeTurnAsync(CancellationToken stopping)
    {
        await using var turn = scopes.CreateAsyncScope();
        await WaitForLockAsync(turn.ServiceProvider.GetRequiredService<ShardLock>(), stopping);
        try
        {
            await collect(turn.ServiceProvider, stopping);

            return true;
        }
        catch (StoreReplacedException)
        {
            LogReplaced(shard.ShardId, shard.ShardCount);

            return stopping.IsCancellationRequested;
        }
        catch (StoreUnavailableException e) when (status.SawDatabase)
        {
            LogNotTaken(shard.ShardId, shard.ShardCount, e.Message);

            return false;
        }
        finally
        {
            status.EndTurn();
        }
    }

    private async Task WaitForLockAsync(ShardLock shardLock, CancellationToken cancellationToken)
    {
        long? remindedAt = null;
        var isAway = false;
        while (true)
        {
            try
            {
                if (await shardLock.TryTakeAsync(cancellationToken))
                {
                    if (remindedAt is not null)
                    {
                        LogTakesOver(shard.ShardId, shard.ShardCount);
                    }

                    return;
                }

                isAway = false;
                status.StandBy();
                if (remindedAt is null || time.GetElapsedTime(remindedAt.Value) >= ReminderInterval)
                {
                    LogStandby(shard.ShardId, shard.ShardCount);
                    remindedAt = time.GetTimestamp();
                }
            }
            catch (StoreUnavailableException e) when (status.SawDatabase)
            {
                if (!isAway)
                {
                    LogStandbyAlone(shard.ShardId, shard.ShardCount, e.Message);
                }

                isAway = true;
            }

            // Out of step with other standbys.
            await Task.Delay(PollInterval * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
        }
    }

    [LoggerMessage(LogEvents.Ownership.Standby, LogLevel.Information,
        "Another Metricity collects shard {ShardId} of {ShardCount}: standing by, ready to take over when it ends")]
    private partial void LogStandby(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Ownership.StandbyAlone, LogLevel.Warning,
        "Shard {ShardId} of {ShardCount}: {Reason} Standing by until it is back")]
    private partial void LogStandbyAlone(int shardId, int shardCount, string reason);

    [LoggerMessage(LogEvents.Ownership.TakesOver, LogLevel.Information, "Taking over shard {ShardId} of {ShardCount}")]
    private partial void LogTakesOver(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Ownership.Replaced, LogLevel.Warning,
        "Another Metricity took over shard {ShardId} of {ShardCount}: this one writes no more and stands by. The other asks Discord for "
        + "what was not committed")]
    private partial void LogReplaced(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Ownership.NotTaken, LogLevel.Warning, "Shard {ShardId} of {ShardCount} could not be taken over: {Reason} Trying again")]
    private partial void LogNotTaken(int shardId, int shardCount, string reason);
}
