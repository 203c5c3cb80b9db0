using System.Collections.Concurrent;

namespace Metricity.Gateway;

/// <summary>
/// What the gateway clients of a shard, one after another, can tell about themselves. Any thread may read; counters only grow.
/// </summary>
internal sealed class GatewayStatus
{
    private readonly ConcurrentDictionary<string, long> _ends =
        new(ConnectionEnd.Kinds.Select(kind => KeyValuePair.Create(kind, 0L)), StringComparer.Ordinal);

    private long _roundTripTicks = -1;
    private long _dispatches;
    private long _wireBytes;
    private long _payloadBytes;
    private long _duplicates;
    private long _sequenceGaps;
    private long _malformed;
    private long _unknownOps;
    private long _heartbeats;
    private long _acknowledged;
    private long _zombies;
    private long _connects;
    private long _connectFailures;
    private long _identifies;
    private long _resumes;
    private long _resumed;
    private long _resumesFailed;
    private long _sessionsLost;
    private long _lastSequence;
    private long _movedAt;
    private volatile bool _connected;
    private volatile bool _ready;
    private volatile string? _sessionId;
    private volatile string? _lastEnd;

    /// <summary>A socket is open (HELLO may not have come yet).</summary>
    public bool Connected { get => _connected; internal set => _connected = value; }

    /// <summary>READY or RESUMED has come on the present connection.</summary>
    public bool Ready { get => _ready; internal set => _ready = value; }

    /// <summary>Present session, also while it is disconnected; null when a new one must be made.</summary>
    public string? SessionId { get => _sessionId; internal set => _sessionId = value; }

    /// <summary>Sequence of the last dispatch that was delivered.</summary>
    public long LastSequence { get => Interlocked.Read(ref _lastSequence); internal set => Interlocked.Exchange(ref _lastSequence, value); }

    /// <summary>Why the last connection ended, in our own words; null when none has.</summary>
    public string? LastEnd => _lastEnd;

    /// <summary>Connections that ended, or were not made, by <see cref="ConnectionEnd.Kind"/>.</summary>
    public IReadOnlyDictionary<string, long> Ends => _ends;

    /// <summary>Timestamp of the last heartbeat that was due, or of the connection's start: while connected it moves on.</summary>
    public long MovedAt { get => Interlocked.Read(ref _movedAt); internal set => Interlocked.Exchange(ref _movedAt, value); }

    /// <summary>Last heartbeat to its acknowledgement; null before the first.</summary>
    public TimeSpan? HeartbeatRoundTrip
    {
        get
        {
            var ticks = Interlocked.Read(ref _roundTripTicks);

            return ticks < 0 ? null : TimeSpan.FromTicks(ticks);
        }

        internal set => Interlocked.Exchange(ref _roundTripTicks, value?.Ticks ?? -1);
    }

    /// <summary>Dispatches that were delivered.</summary>
    public long Dispatches => Interlocked.Read(ref _dispatches);

    /// <summary>Bytes of WebSocket messages as they came.</summary>
    public long WireBytes => Interlocked.Read(ref _wireBytes);

    /// <summary>Bytes of JSON, after inflating.</summary>
    public long PayloadBytes => Interlocked.Read(ref _payloadBytes);

    /// <summary>Dispatches dropped because their sequence had been delivered before.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    public long SequenceGaps => Interlocked.Read(ref _sequenceGaps);

    /// <summary>Payloads with no usable envelope, skipped; and dispatches delivered with broken JSON.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    public long UnknownOps => Interlocked.Read(ref _unknownOps);

    public long Heartbeats => Interlocked.Read(ref _heartbeats);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Connections given up because heartbeats went unanswered.</summary>
    public long Zombies => Interlocked.Read(ref _zombies);

    public long Connects => Interlocked.Read(ref _connects);

    public long ConnectFailures => Interlocked.Read(ref _connectFailures);

    /// <summary>IDENTIFYs sent.</summary>
    public long Identifies => Interlocked.Read(ref _identifies);

    /// <summary>RESUMEs sent.</summary>
    public long Resumes => Interlocked.Read(ref _resumes);

    /// <summary>RESUMEs that succeeded.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>RESUMEs that were sent and led to no live session on their connection.</summary>
    public long ResumesFailed => Interlocked.Read(ref _resumesFailed);

    /// <summary>Sessions that could not be resumed; each is a gap in the log.</summary>
    public long SessionsLost => Interlocked.Read(ref _sessionsLost);

    internal void CountDispatch(long sequence)
    {
        Interlocked.Increment(ref _dispatches);
        LastSequence = sequence;
    }

    internal void CountWireBytes(int bytes) => Interlocked.Add(ref _wireBytes, bytes);

    internal void CountPayloadBytes(int bytes) => Interlocked.Add(ref _payloadBytes, bytes);

    internal void CountDuplicate() => Interlocked.Increment(ref _duplicates);

    internal void CountGap() => Interlocked.Increment(ref _sequenceGaps);

    internal void CountMalformed() => Interlocked.Increment(ref _malformed);

    internal void CountUnknownOp() => Interlocked.Increment(ref _unknownOps);

    internal void CountHeartbeat() => Interlocked.Increment(ref _heartbeats);

    internal void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    internal void CountZombie() => Interlocked.Increment(ref _zombies);

    internal void CountConnect() => Interlocked.Increment(ref _connects);

    internal void CountConnectFailure() => Interlocked.Increment(ref _connectFailures);

    internal void CountIdentify() => Interlocked.Increment(ref _identifies);

    internal void CountResume() => Interlocked.Increment(ref _resumes);

    internal void CountResumed() => Interlocked.Increment(ref _resumed);

    internal void CountResumeFailed() => Interlocked.Increment(ref _resumesFailed);

    internal void CountEnded(ConnectionEnd end)
    {
        _lastEnd = end.Reason;
        _ends.AddOrUpdate(end.Kind, 1, static (_, count) => count + 1);
    }

    internal void CountSessionLost() => Interlocked.Increment(ref _sessionsLost);
}
