using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Gateway;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Tables;

namespace Metricity.Export;

/// <summary>What the parts of the collector count and say of themselves, each in its own room.</summary>
internal sealed record CollectorStatus(
    ShardStatus Shard, GatewayStatus Gateway, CollectStatus Collect, StorageStatus Storage, HistoryMeter Healing, RestStatus Rest);

/// <summary>
/// All instruments of the program. Counters and states are read from where they are kept when somebody looks, so they cost the hot path
/// nothing; only the histograms are told, once for each commit. Labels come from closed sets: never an id or a name. The README lists every
/// metric by its Prometheus name; a test holds both lists together.
/// </summary>
internal sealed class MetricityMetrics : IDisposable
{
    public const string MeterName = "Metricity";

    /// <summary>Seconds: a commit takes milliseconds; a statement is cancelled after 60 s.</summary>
    private static readonly double[] CommitBounds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Seconds: <c>Collect:BatchDelay</c> at best, hours after an outage of the database.</summary>
    private static readonly double[] LagBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

    private static readonly double[] SizeBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];

    private static readonly string[] Tables =
        ["categories", "channels", "threads", "users", "messages", "member_events", "message_tombstones"];

    private static readonly string[] RateLimitScopes = ["user", "global", "shared", "edge"];

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _batchEvents;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _eventToCommit;

    /// <param name="version">Of the program.</param>
    public MetricityMetrics(string version, CollectorStatus status, DatabaseWatch database, GuildSizes sizes, TimeProvider time)
    {
        _batchEvents = Histogram("metricity.batch.events", null, "Events in one commit, those that changed nothing included", SizeBounds);
        _commitDuration = Histogram("metricity.commit.duration", "s", "Time that a successful commit took", CommitBounds);
        _eventToCommit = Histogram(
            "metricity.event_to_commit", "s", "From receiving the oldest event of a commit to the end of the commit", LagBounds);

        _meter.CreateObservableGauge(
            "metricity.build_info", () => new Measurement<long>(1, Tag("version", version)), null, "Always 1; the label tells the version");
        Gauge("metricity.shards", "1 for the state of this process's shard, else 0", "state", () => Enum.GetValues<ShardState>().Select(state =>
            KeyValuePair.Create(state.ToString().ToLowerInvariant(), status.Shard.State == state ? 1L : 0L)));
        AddGateway(status.Gateway, status.Collect, database);
        AddQueue(status.Collect);
        AddWriter(status.Collect, status.Storage, database);
        AddHistory(status.Healing, database, time);
        AddRest(status.Rest);
        AddGuilds(status.Storage, sizes);
        AddProcess();
    }

    /// <summary>The meter itself, for a listener that must not hear those of other instances.</summary>
    public Meter Meter => _meter;

    /// <param name="duration">Of the try that succeeded.</param>
    /// <param name="lag">Null when none of the events came over the gateway.</param>
    public void RecordCommit(int events, TimeSpan duration, TimeSpan? lag)
    {
        _batchEvents.Record(events);
        _commitDuration.Record(duration.TotalSeconds);
        if (lag is { } seconds)
        {
            _eventToCommit.Record(Math.Max(0, seconds.TotalSeconds));
        }
    }

    public void Dispose() => _meter.Dispose();

    private void AddGateway(GatewayStatus gateway, CollectStatus collect, DatabaseWatch database)
    {
        Counter("metricity.gateway.events", "Events received, by type; types that are not in Discord's documentation count as other",
            "type", () => ByKnownType(collect.Received));
        Counter("metricity.gateway.received", "Bytes received on the gateway's sockets, compressed", () => gateway.WireBytes, "By");
        Counter("metricity.gateway.connects", "Sockets opened to the gateway", () => gateway.Connects);
        Counter("metricity.gateway.reconnects", "Connections that ended or could not be made, by reason", "reason", () => gateway.Ends);
        Counter("metricity.gateway.identifies", "New sessions asked for", () => gateway.Identifies);
        Counter("metricity.gateway.resumes", "Sessions asked to go on, by what came of it", "outcome", () =>
        [
            KeyValuePair.Create("resumed", gateway.Resumed),
            KeyValuePair.Create("failed", gateway.ResumesFailed),
        ]);
        Counter("metricity.gateway.sessions_lost", "Sessions that could not go on; each is a gap", () => gateway.SessionsLost);
        Gauge("metricity.gateway.identify_budget_remaining", "Session starts that Discord still allows today",
            () => database.Latest?.Figures?.IdentifyBudget);
        Gauge("metricity.gateway.heartbeat_round_trip", "Last heartbeat to its acknowledgement",
            () => gateway.HeartbeatRoundTrip?.TotalSeconds, "s");
        Counter("metricity.gateway.sequence_gaps", "Jumps in the numbers of a session's events; each is a gap", () => gateway.SequenceGaps);
        Counter("metricity.gateway.malformed_payloads", "Payloads that could not be read as a whole", () => gateway.Malformed);
        Counter("metricity.gateway.reader_waits", "Times that a full queue made the reader wait", () => collect.ReaderWaits);
        Counter("metricity.events.malformed", "Events left out because a field could not be read", () => collect.Malformed);
        Gauge("metricity.last_event.timestamp", "When the last event was received", () => Seconds(collect.LastReceivedAt), "s");
    }

    private void AddQueue(CollectStatus collect)
    {
        Gauge("metricity.events.waiting", "Events received and not committed yet: in the queue, and taken out by the writer",
            () => collect.Queue?.Waiting ?? 0);
        Gauge("metricity.queue.events", "Events in the queue before the writer", () => collect.Queue?.Count ?? 0);
        Gauge("metricity.queue", "Memory of the events in the queue, estimated", () => collect.Queue?.Bytes ?? 0, "By");
        Gauge("metricity.queue.capacity_events", "Most events that the queue takes", () => collect.Queue?.Capacity ?? 0);
        Gauge("metricity.queue.capacity", "Most memory that the events in the queue may take", () => collect.Queue?.MaxBytes ?? 0, "By");
        Counter("metricity.queue.in_events", "Events that entered the queue", () => collect.QueueIn);
        Counter("metricity.queue.out_events", "Events that left the queue", () => collect.QueueOut);
    }

    private void AddWriter(CollectStatus collect, StorageStatus storage, DatabaseWatch database)
    {
        Counter("metricity.commits", "Transactions committed", () => collect.Commits);
        Counter("metricity.database.retries", "Commits that failed for now and were tried again", () => collect.Retries);
        Gauge("metricity.database.up", "1 when the last look found database and schema usable, else 0",
            () => database.Latest is { } view ? view is { Fault: null, SchemaFault: null } ? 1 : 0 : null);
        Counter("metricity.rows.written", "Rows inserted or changed, by table", "table", () => WithZeros(Tables, storage.RowsWritten));
        Counter("metricity.rows.rejected", "Rows that the database refused and that are lost, by table",
            "table", () => WithZeros(Tables, storage.RowsRejected));
        Gauge("metricity.last_commit.timestamp", "When the last commit ended", () => Seconds(collect.LastCommitAt), "s");
    }

    private void AddHistory(HistoryMeter healing, DatabaseWatch database, TimeProvider time)
    {
        Gauge("metricity.gaps.open", "Gaps of the coverage ledger that are not healed yet", () => database.Latest?.Figures?.GapsOpen);
        Gauge("metricity.gap.oldest", "Age of the oldest open gap, 0 when there is none", () => database.Latest?.Figures is not { } figures ? null
            : figures.OldestGap is { } oldest ? Math.Max(0, (time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : 0, "s");
        Counter("metricity.healed.messages", "Messages fetched for healing gaps", () => healing.Messages);
        Counter("metricity.healing.pages", "Pages of history fetched for healing gaps", () => healing.Pages);
    }

    private void AddRest(RestStatus rest)
    {
        _meter.CreateObservableCounter(
            "metricity.rest.requests",
            () => rest.Answers.Select(answer => new Measurement<long>(
                answer.Value,
                Tag("route", answer.Key.Route),
                Tag("status", answer.Key.Status.ToString(CultureInfo.InvariantCulture)))),
            null,
            "Requests to Discord's REST API by route and HTTP status; status 0: no answer");
        Counter("metricity.rest.rate_limited", "Answers 429, by scope", "scope", () => WithZeros(RateLimitScopes, rest.RateLimits));
        Counter("metricity.rest.retries", "Requests sent again after a fault", () => rest.Retries);
    }

    private void AddGuilds(StorageStatus storage, GuildSizes sizes)
    {
        Gauge("metricity.guild.members", "Members of all guilds of this process", () => Sum(size => size.Members));
        Gauge("metricity.guild.threads_open", "Threads neither archived nor deleted", () => Sum(size => size.ThreadsOpen));
        Counter("metricity.guild.messages", "Messages newly stored", () => storage.Guilds.Values.Sum(rows => rows.Messages));
        Counter("metricity.guild.joins", "Joins newly stored", () => storage.Guilds.Values.Sum(rows => rows.Joins));
        Counter("metricity.guild.leaves", "Leaves newly stored", () => storage.Guilds.Values.Sum(rows => rows.Leaves));

        long? Sum(Func<GuildSize, long> of) => sizes.Latest.Count == 0 ? null : sizes.Latest.Values.Sum(of);
    }

    /// <summary>The names that Prometheus's own client libraries use, which dashboards for any process expect.</summary>
    private void AddProcess()
    {
        var startedAt = Seconds(Process.GetCurrentProcess().StartTime.ToUniversalTime());
        Gauge("process.start_time", "When the process started", () => startedAt, "s");
        _meter.CreateObservableCounter(
            "process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time of the process, user and system");
        Gauge("process.resident_memory", "Resident memory of the process", () => Environment.WorkingSet, "By");
    }

    /// <summary>A time (UTC) as metrics have it: seconds since 1970.</summary>
    private static double? Seconds(DateTime? time) => (time - DateTime.UnixEpoch)?.TotalSeconds;

    private static IEnumerable<KeyValuePair<string, long>> ByKnownType(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.GroupBy(pair => DispatchTypes.IsKnown(pair.Key) ? pair.Key : DispatchTypes.Other)
            .Select(group => KeyValuePair.Create(group.Key, group.Sum(pair => pair.Value)));

    /// <summary>A counter that is there before its first event: the step from nothing to 1 is one that Prometheus does not see.</summary>
    private static IEnumerable<KeyValuePair<string, long>> WithZeros(string[] labels, IReadOnlyDictionary<string, long> counts) =>
        counts.Concat(labels.Where(label => !counts.ContainsKey(label)).Select(label => KeyValuePair.Create(label, 0L)));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private Histogram<double> Histogram(string name, string? unit, string description, double[] bounds) => _meter.CreateHistogram(
        name, unit, description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    private void Counter(string name, string description, Func<long> read, string? unit = null) =>
        _meter.CreateObservableCounter(name, read, unit, description);

    private void Counter(string name, string description, string label, Func<IEnumerable<KeyValuePair<string, long>>> read) =>
        _meter.CreateObservableCounter(name, () => Labelled(label, read()), null, description);

    private void Gauge(string name, string description, string label, Func<IEnumerable<KeyValuePair<string, long>>> read) =>
        _meter.CreateObservableGauge(name, () => Labelled(label, read()), null, description);

    private void Gauge(string name, string description, Func<long?> read) =>
        _meter.CreateObservableGauge(name, () => Known(read()), null, description);

    private void Gauge(string name, string description, Func<double?> read, string unit) =>
        _meter.CreateObservableGauge(name, () => Known(read()), unit, description);

    private static IEnumerable<Measurement<long>> Labelled(string label, IEnumerable<KeyValuePair<string, long>> values) =>
        values.Select(pair => new Measurement<long>(pair.Value, Tag(label, pair.Key)));

    private static IEnumerable<Measurement<T>> Known<T>(T? value)
        where T : struct => value is { } known ? [new Measurement<T>(known)] : [];
}
