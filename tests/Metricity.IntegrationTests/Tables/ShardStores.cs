using Metricity.Collect;
using Metricity.Commands;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Ownership;
using Metricity.Tables;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.IntegrationTests.Tables;

/// <summary>
/// What a turn as the writer has of the database. A new turn takes a new one: what stores remember of the tables
/// is wrong as soon as another process has written.
/// </summary>
internal sealed class ShardStores : IAsyncDisposable
{
    public ShardStores(
        NpgsqlDataSource dataSource, StorageOptions options, StorageStatus status, TimeProvider time, ILoggerFactory loggers)
    {
        Lock = new ShardLock(options, time, loggers.CreateLogger<ShardLock>());
        Positions = new PositionStore(dataSource, options, loggers.CreateLogger<PositionStore>());
        Guilds = new GuildStore(dataSource, options);
        Identifies = new IdentifyStore(dataSource, options, Positions, time);
        Directories = new ChannelTreeStore(dataSource, options);
        Ledger = new LedgerStore(dataSource, options);
        Status = new GuildStatusStore(dataSource, options);
        Batches = new BatchStore(dataSource, options, Positions, status, time, loggers.CreateLogger<BatchStore>())
        {
            Guard = Lock.RequireAsync,
        };
    }

    public ShardLock Lock { get; }

    public PositionStore Positions { get; }

    public GuildStore Guilds { get; }

    public IdentifyStore Identifies { get; }

    public ChannelTreeStore Directories { get; }

    public LedgerStore Ledger { get; }

    public GuildStatusStore Status { get; }

    public IBatchStore Batches { get; }

    /// <summary>Frees the lock.</summary>
    public ValueTask DisposeAsync() => Lock.DisposeAsync();
}
