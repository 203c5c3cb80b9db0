using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Metricity.Telemetry;

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

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _batchEvents;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _eventToCommit;

    /// <param name="version">Of the program.</param>
    public MetricityMetrics(ICollectorFigures figures, string version)
    {
        _batchEvents = Histogram("metricity.batch.events", null, "Events in one commit, those that changed nothing included", SizeBounds);
        _commitDuration = Histogram("metricity.commit.duration", "s", "Time that a successful commit took", CommitBounds);
        _eventToCommit = Histogram(
            "metricity.event_to_commit", "s", "From receiving the oldest event of a commit to the end of the commit", LagBounds);

        _meter.CreateObservableGauge(
            "metricity.build_info", () => new Measurement<long>(1, Tag("version", version)), null, "Always 1; the label tells the version");
        Gauge("metricity.shards", "Shards of this process by state", "state", () => figures.Shards);
        AddGateway(figures);
        AddWriter(figures);
        AddHistory(figures);
        AddRest(figures);
        AddGuilds(figures);
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

    private void AddGateway(ICollectorFigures figures)
    {
        Counter("metricity.gateway.events", "Events received, by type; types that are not in Discord's documentation count as other",
            "type", () => figures.Events);
        Counter("metricity.gateway.received", "Bytes received on the gateway's sockets, compressed", () => figures.ReceivedBytes, "By");
        Counter("metricity.gateway.connects", "Sockets opened to the gateway", () => figures.Connects);
        Counter("metricity.gateway.reconnects", "Connections that ended or could not be made, by reason",
            "reason", () => figures.Reconnects);
        Counter("metricity.gateway.identifies", "New sessions asked for", () => figures.Identifies);
        Counter("metricity.gateway.resumes", "Sessions asked to go on, by what came of it", "outcome", () => figures.Resumes);
        Counter("metricity.gateway.sessions_lost", "Sessions that could not go on; each is a gap", () => figures.SessionsLost);
        Gauge("metricity.gateway.identify_budget_remaining", "Session starts that Discord still allows today",
            () => figures.IdentifyBudget);
        Gauge("metricity.gateway.heartbeat_round_trip", "Last heartbeat to its acknowledgement", () => figures.HeartbeatRoundTrip, "s");
        Counter("metricity.gateway.sequence_gaps", "Jumps in the numbers of a session's events; each is a gap", () => figures.SequenceGaps);
        Counter("metricity.gateway.malformed_payloads", "Payloads that could not be read as a whole", () => figures.MalformedPayloads);
        Counter("metricity.gateway.reader_waits", "Times that a full queue made the reader wait", () => figures.ReaderWaits);
        Counter("metricity.events.malformed", "Events left out because a field could not be read", () => figures.MalformedEvents);
    }

    private void AddWriter(ICollectorFigures figures)
    {
        Gauge("metricity.events.waiting", "Events received and not committed yet: in the queue, and taken out by the writer",
            () => figures.EventsWaiting);
        Gauge("metricity.queue.events", "Events in the queue before the writer", () => figures.QueueEvents);
        Gauge("metricity.queue", "Memory of the events in the queue, estimated", () => figures.QueueBytes, "By");
        Gauge("metricity.queue.capacity_events", "Most events that the queue takes", () => figures.QueueCapacityEvents);
        Gauge("metricity.queue.capacity", "Most memory that the events in the queue may take", () => figures.QueueCapacityBytes, "By");
        Counter("metricity.queue.in_events", "Events that entered the queue", () => figures.QueueIn);
        Counter("metricity.queue.out_events", "Events that left the queue", () => figures.QueueOut);
        Counter("metricity.commits", "Transactions committed", () => figures.Commits);
        Counter("metricity.database.retries", "Commits that failed for now and were tried again", () => figures.DatabaseRetries);
        Gauge("metricity.database.up", "1 when the last look found database and schema usable, else 0", () => figures.DatabaseUp);
        Counter("metricity.rows.written", "Rows inserted or changed, by table", "table", () => figures.RowsWritten);
        Counter("metricity.rows.rejected", "Rows that the database refused and that are lost, by table",
            "table", () => figures.RowsRejected);
        Gauge("metricity.last_commit.timestamp", "When the last commit ended", () => figures.LastCommitAt, "s");
        Gauge("metricity.last_event.timestamp", "When the last event was received", () => figures.LastEventAt, "s");
    }

    private void AddHistory(ICollectorFigures figures)
    {
        Gauge("metricity.gaps.open", "Gaps of the coverage ledger that are not healed yet", () => figures.GapsOpen);
        Gauge("metricity.gap.oldest", "Age of the oldest open gap, 0 when there is none", () => figures.OldestGapAge, "s");
        Counter("metricity.healed.messages", "Messages fetched for healing gaps", () => figures.HealedMessages);
        Counter("metricity.healing.pages", "Pages of history fetched for healing gaps", () => figures.HealingPages);
    }

    private void AddRest(ICollectorFigures figures)
    {
        _meter.CreateObservableCounter(
            "metricity.rest.requests",
            () => figures.RestRequests.Select(
                request => new Measurement<long>(request.Count, Tag("route", request.Route), Tag("status", request.Status))),
            null,
            "Requests to Discord's REST API by route and HTTP status; status 0: no answer");
        Counter("metricity.rest.rate_limited", "Answers 429, by scope", "scope", () => figures.RestRateLimits);
        Counter("metricity.rest.retries", "Requests sent again after a fault", () => figures.RestRetries);
    }

    private void AddGuilds(ICollectorFigures figures)
    {
        Gauge("metricity.guild.members", "Members of all guilds of this process", () => figures.Members);
        Gauge("metricity.guild.threads_open", "Threads neither archived nor deleted", () => figures.ThreadsOpen);
        Counter("metricity.guild.messages", "Messages newly stored", () => figures.Messages);
        Counter("metricity.guild.joins", "Joins newly stored", () => figures.Joins);
        Counter("metricity.guild.leaves", "Leaves newly stored", () => figures.Leaves);
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
    public static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

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
