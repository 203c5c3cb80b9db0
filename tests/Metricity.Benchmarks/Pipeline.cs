using System.Diagnostics;
using Metricity.Benchmarks.Load;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Ownership;
using Metricity.Tables;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metricity.Benchmarks;

/// <summary>
/// The collector's own stages from socket to commit, wired as the collector wires them, without REST and member sync, and with a look at
/// both ends: when a dispatch is taken from the socket, and when its batch is committed.
/// </summary>
/// <param name="address">Of the load server.</param>
/// <param name="lastMessage">Index of the message whose commit ends the run.</param>
/// <param name="telemetry">Watches the run; null = nobody does.</param>
internal sealed class Pipeline(
    string connectionString, Uri address, bool zlib, int lastMessage, CollectOptions ingest, FullTelemetry? telemetry = null)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly long[] _arrivals = new long[lastMessage + 1];
    private readonly long[] _commits = new long[lastMessage + 1];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From the first message's arrival to the last one's commit.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_arrivals[0], _commits[^1]);

    /// <summary>Number of transactions.</summary>
    public long Commits { get; private set; }

    /// <summary>From arrival to commit of each message.</summary>
    public IEnumerable<TimeSpan> Latencies => _arrivals.Zip(_commits, Stopwatch.GetElapsedTime);

    public static GatewayOptions OptionsFor(bool zlib) => new()
    {
        Token = new Secret("load"),
        Compression = zlib ? GatewayOptions.ZlibStream : GatewayOptions.NoCompression,
    };

    public static StorageOptions StorageOf(string connectionString) => new()
    {
        ConnectionString = connectionString,
        GuildSchemas = new Dictionary<Snowflake, string> { [new Snowflake(LoadPlan.GuildId)] = "public" },
    };

    public async Task RunAsync()
    {
        var guildId = new Snowflake(LoadPlan.GuildId);
        var time = TimeProvider.System;
        var storage = StorageOf(connectionString);
        await using var database = StorageDataSource.Create(storage);
        var positions = new PositionStore(database, storage, NullLogger<PositionStore>.Instance);
        await positions.StartAsync(CancellationToken.None);
        var directory = await new ChannelTreeStore(database, storage).LoadAsync(guildId, CancellationToken.None);
        var status = telemetry?.Collect ?? new CollectStatus();
        var queue = new EventQueue(ingest.QueueCapacity, ingest.QueueBytes, time);
        var none = new HashSet<Snowflake>();
        var gateway = new GatewayClient(
            OptionsFor(zlib), GetGatewayBotAsync, null, telemetry?.Gateway ?? new GatewayStatus(), time, NullLogger<GatewayClient>.Instance);
        var reader = new DispatchReader(
            new EventDecoder(none, new HashSet<Snowflake> { guildId }), [], queue, status, telemetry?.Tracer,
            NullLogger<DispatchReader>.Instance);
        var builder = new ChangeSetBuilder(
            new CollectRules(guildId, none, none, none, CollectBots: false), directory, NullLogger<ChangeSetBuilder>.Instance);
        var store = new BatchStore(
            database, storage, positions, telemetry?.Storage ?? new StorageStatus(), time, NullLogger<BatchStore>.Instance);
        var committer = new BatchCommitter(
            new CommitWatch(store, this), queue, [NoteCommit], status, time, NullLogger<BatchCommitter>.Instance);
        var writer = new BatchWriter(
            queue, new Dictionary<Snowflake, ChangeSetBuilder> { [guildId] = builder }, committer, ingest, status, time);
        status.BeginTurn(queue);

        using var reading = new CancellationTokenSource();
        var watch = telemetry?.WatchAsync(reading.Token) ?? Task.CompletedTask;
        var write = writer.RunAsync(CancellationToken.None);
        var read = reader.RunAsync(NoteArrivalsAsync(gateway.ReadAsync(null, reading.Token)), CancellationToken.None);
        await await Task.WhenAny(_done.Task.WaitAsync(Limit), write, read);
        await reading.CancelAsync();
        await read;
        await watch;
        queue.Complete();
        await write;
        Commits = status.Commits;

        void NoteCommit(Batch batch, TimeSpan took)
        {
            gateway.Committed = batch.Position ?? gateway.Committed;
            telemetry?.Metrics.RecordCommit(batch.EventCount, took, time.GetUtcNow().UtcDateTime - batch.OldestReceivedAt);
        }
    }

    private Task<GatewayBot> GetGatewayBotAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new GatewayBot(address, new SessionStartLimit(1_000, 1_000, TimeSpan.FromDays(1), 1)));

    /// <summary>Notes when each message was taken from the socket.</summary>
    private async IAsyncEnumerable<Dispatch> NoteArrivalsAsync(IAsyncEnumerable<Dispatch> log)
    {
        await foreach (var dispatch in log)
        {
            if (MessageOf(dispatch.Sequence) is >= 0 and var message)
            {
                _arrivals[message] = Stopwatch.GetTimestamp();
            }

            yield return dispatch;
        }
    }

    private static int MessageOf(long sequence) => (int)(sequence - LoadPlan.SequenceOf(0));

    /// <summary>Notes when each message was committed.</summary>
    private sealed class CommitWatch(IBatchStore inner, Pipeline run) : IBatchStore
    {
        private int _next;

        public async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
        {
            await inner.CommitAsync(batch, cancellationToken);
            var now = Stopwatch.GetTimestamp();
            var last = MessageOf(batch.Position!.Sequence);
            for (; _next <= last; _next++)
            {
                run._commits[_next] = now;
            }

            if (_next == run._commits.Length)
            {
                run._done.TrySetResult();
            }
        }
    }
}
