using Metricity.Database;
using Metricity.Export;
using Metricity.Gateway;
using Metricity.Rest;
using Metricity.Tables;
using Metricity.Telemetry;

namespace Metricity.Hosting;

/// <summary>Binds the stages' own counters to the instruments.</summary>
/// <param name="rest">Null as long as there is no client.</param>
internal sealed class CollectorFigures(
    IReadOnlyList<ShardStatus> shards,
    StorageStatus storage,
    GuildSizes sizes,
    DatabaseWatch database,
    Func<RestStatus?> rest,
    TimeProvider time) : ICollectorFigures
{
    private static readonly string[] Tables =
        ["categories", "channels", "threads", "users", "messages", "member_events", "message_tombstones"];

    private static readonly string[] Scopes = ["user", "global", "shared", "edge"];

    public IEnumerable<KeyValuePair<string, long>> Shards => Enum.GetValues<ShardState>().Select(state =>
        KeyValuePair.Create(state.ToString().ToLowerInvariant(), (long)shards.Count(shard => shard.State == state)));

    public IEnumerable<KeyValuePair<string, long>> Events => Sum(shards.SelectMany(shard => shard.Collect.Received).Select(pair =>
        DispatchTypes.IsKnown(pair.Key) ? pair : KeyValuePair.Create(DispatchTypes.Other, pair.Value)));

    public long ReceivedBytes => shards.Sum(shard => shard.Gateway.WireBytes);

    public long Connects => shards.Sum(shard => shard.Gateway.Connects);

    public IEnumerable<KeyValuePair<string, long>> Reconnects => Sum(shards.SelectMany(shard => shard.Gateway.Ends));

    public long Identifies => shards.Sum(shard => shard.Gateway.Identifies);

    public IEnumerable<KeyValuePair<string, long>> Resumes =>
    [
        KeyValuePair.Create("resumed", shards.Sum(shard => shard.Gateway.Resumed)),
        KeyValuePair.Create("failed", shards.Sum(shard => shard.Gateway.ResumesFailed)),
    ];

    public long SessionsLost => shards.Sum(shard => shard.Gateway.SessionsLost);

    public long? IdentifyBudget => database.Latest?.Figures?.IdentifyBudget;

    public double? HeartbeatRoundTrip => shards.Max(shard => shard.Gateway.HeartbeatRoundTrip)?.TotalSeconds;

    public long SequenceGaps => shards.Sum(shard => shard.Gateway.SequenceGaps);

    public long MalformedPayloads => shards.Sum(shard => shard.Gateway.Malformed);

    public long ReaderWaits => shards.Sum(shard => shard.Collect.ReaderWaits);

    public long MalformedEvents => shards.Sum(shard => shard.Collect.Malformed);

    public long EventsWaiting => shards.Sum(shard => shard.Queue?.Waiting ?? 0);

    public long QueueEvents => shards.Sum(shard => (long)(shard.Queue?.Count ?? 0));

    public long QueueBytes => shards.Sum(shard => shard.Queue?.Bytes ?? 0);

    public long QueueCapacityEvents => shards.Sum(shard => (long)(shard.Queue?.Capacity ?? 0));

    public long QueueCapacityBytes => shards.Sum(shard => shard.Queue?.MaxBytes ?? 0);

    public long QueueIn => shards.Sum(shard => shard.QueueIn);

    public long QueueOut => shards.Sum(shard => shard.QueueOut);

    public long Commits => shards.Sum(shard => shard.Collect.Commits);

    public long DatabaseRetries => shards.Sum(shard => shard.Collect.Retries);

    public long? DatabaseUp => database.Latest is { } view ? view is { Fault: null, SchemaFault: null } ? 1 : 0 : null;

    public IEnumerable<KeyValuePair<string, long>> RowsWritten => WithZeros(Tables, storage.RowsWritten);

    public IEnumerable<KeyValuePair<string, long>> RowsRejected => WithZeros(Tables, storage.RowsRejected);

    public double? LastCommitAt => Seconds(shards.Max(shard => shard.Collect.LastCommitAt));

    public double? LastEventAt => Seconds(shards.Max(shard => shard.Collect.LastReceivedAt));

    public long? GapsOpen => database.Latest?.Figures?.GapsOpen;

    public double? OldestGapAge => database.Latest?.Figures is not { } figures ? null
        : figures.OldestGap is { } oldest ? Math.Max(0, (time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : 0;

    public long HealedMessages => shards.Sum(shard => shard.Healing.Messages);

    public long HealingPages => shards.Sum(shard => shard.Healing.Pages);

    public IEnumerable<(string Route, string Status, long Count)> RestRequests => rest()?.Answers.Select(pair =>
        (pair.Key.Route, pair.Key.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), pair.Value)) ?? [];

    public IEnumerable<KeyValuePair<string, long>> RestRateLimits =>
        WithZeros(Scopes, rest()?.RateLimits ?? new Dictionary<string, long>());

    public long RestRetries => rest()?.Retries ?? 0;

    public long? Members => sizes.Latest.Count == 0 ? null : sizes.Latest.Values.Sum(size => size.Members);

    public long? ThreadsOpen => sizes.Latest.Count == 0 ? null : sizes.Latest.Values.Sum(size => size.ThreadsOpen);

    public long Messages => storage.Guilds.Values.Sum(rows => rows.Messages);

    public long Joins => storage.Guilds.Values.Sum(rows => rows.Joins);

    public long Leaves => storage.Guilds.Values.Sum(rows => rows.Leaves);

    private static double? Seconds(DateTime? time) => time is { } at ? MetricityMetrics.Seconds(at) : null;

    private static IEnumerable<KeyValuePair<string, long>> Sum(IEnumerable<KeyValuePair<string, long>> pairs) =>
        pairs.GroupBy(pair => pair.Key).Select(group => KeyValuePair.Create(group.Key, group.Sum(pair => pair.Value)));

    /// <summary>A counter that is there before its first event: the step from nothing to 1 is one that Prometheus does not see.</summary>
    private static IEnumerable<KeyValuePair<string, long>> WithZeros(string[] labels, IReadOnlyDictionary<string, long> counts) =>
        counts.Concat(labels.Where(label => !counts.ContainsKey(label)).Select(label => KeyValuePair.Create(label, 0L)));
}
