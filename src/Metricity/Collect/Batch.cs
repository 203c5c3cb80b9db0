using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;

namespace Metricity.Collect;

/// <summary>One transaction's worth of changes: a change set for each guild and the log position that they bring the tables to.</summary>
internal sealed class Batch
{
    private readonly Dictionary<Snowflake, ChangeSet> _changeSets = [];

    private readonly List<TaskCompletionSource> _waiting = [];

    private GatewaySession? _session;
    private long _sequence;

    /// <summary>Position of the newest gateway event in the batch; null when it holds none (rows from REST alone).</summary>
    public GatewayPosition? Position => _session is null ? null : new GatewayPosition(_session, _sequence);

    /// <summary>When (UTC) the newest gateway event in the batch was sent; null when there is none of known time.</summary>
    public DateTime? SentAt { get; private set; }

    /// <summary>When (UTC) the oldest gateway event in the batch was received; null when it holds none.</summary>
    public DateTime? OldestReceivedAt { get; private set; }

    /// <summary>The events in the batch that are traced; nearly always none.</summary>
    public List<EventTrace> Traces { get; } = [];

    /// <summary>Number of events merged into the batch, those that changed nothing included.</summary>
    public int EventCount { get; set; }

    /// <summary>The batch's size as <see cref="CollectOptions.BatchSize"/> counts it.</summary>
    public int Size { get; set; }

    public IReadOnlyCollection<ChangeSet> ChangeSets => _changeSets.Values;

    /// <summary>Notes that the batch holds everything up to <paramref name="sequence"/>.</summary>
    /// <param name="sentAt">UTC; null when it is not known, which keeps the one before.</param>
    public void MoveTo(GatewaySession session, long sequence, DateTime receivedAt, DateTime? sentAt)
    {
        _session = session;
        _sequence = sequence;
        SentAt = sentAt ?? SentAt;
        OldestReceivedAt ??= receivedAt;
    }

    /// <summary>To be told when the batch is committed.</summary>
    public void NotifyAtCommit(TaskCompletionSource committed) => _waiting.Add(committed);

    /// <summary>The batch is committed: tells who waits for it.</summary>
    public void Notify()
    {
        _waiting.ForEach(committed => committed.TrySetResult());
        _waiting.Clear();
    }

    public ChangeSet For(Snowflake guildId)
    {
        if (!_changeSets.TryGetValue(guildId, out var changes))
        {
            changes = new ChangeSet(guildId);
            _changeSets.Add(guildId, changes);
        }

        return changes;
    }

    /// <summary>Empties the batch for its next use; the dictionaries keep their capacity.</summary>
    public void Clear()
    {
        _session = null;
        _sequence = 0;
        SentAt = null;
        OldestReceivedAt = null;
        Traces.Clear();
        EventCount = 0;
        Size = 0;
        _waiting.Clear();
        foreach (var changes in _changeSets.Values)
        {
            changes.Clear();
        }
    }
}
