using System.Collections.Concurrent;

namespace Metricity.Collect;

/// <summary>What this room can tell about itself since the start, for health and metrics. Thread safe.</summary>
internal sealed class CollectStatus
{
    private readonly ConcurrentDictionary<string, long> _received = new(StringComparer.Ordinal);
    private long _malformed;
    private long _readerWaits;
    private long _committedEvents;
    private long _commits;
    private long _retries;
    private long _lastReceivedAt;
    private long _lastCommitAt;
    private long _movedAt;
    private long _committingSince;
    private volatile string? _fault;
    private EventQueue? _queue;
    private long _enteredBefore;
    private long _leftBefore;
    private volatile bool _isCollecting;

    /// <summary>Dispatches by event type, unknown types included.</summary>
    public IReadOnlyDictionary<string, long> Received => _received;

    public long Malformed => Volatile.Read(ref _malformed);

    /// <summary>Times that a full queue made the reader wait.</summary>
    public long ReaderWaits => Volatile.Read(ref _readerWaits);

    /// <summary>Events whose changes are committed.</summary>
    public long CommittedEvents => Volatile.Read(ref _committedEvents);

    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Commits that had to be tried again because the database was away or busy.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>UTC; null before the first event of the gateway.</summary>
    public DateTime? LastReceivedAt => ToTime(ref _lastReceivedAt);

    /// <summary>UTC; null before the first commit.</summary>
    public DateTime? LastCommitAt => ToTime(ref _lastCommitAt);

    /// <summary>UTC; when the oldest event of the batch that is being committed was received. Null while none is.</summary>
    public DateTime? CommittingSince => ToTime(ref _committingSince);

    /// <summary>UTC; when the writer last took something off the queue, or ended a try to commit, or found nothing to do.</summary>
    public DateTime? MovedAt => ToTime(ref _movedAt);

    /// <summary>Why the last try to commit failed, a plain sentence; null when it did not.</summary>
    public string? Fault => _fault;

    /// <summary>Of the present turn; null in none.</summary>
    public EventQueue? Queue => _isCollecting ? Volatile.Read(ref _queue) : null;

    /// <summary>Events that entered the queues of all turns.</summary>
    public long QueueIn => _enteredBefore + (_queue?.Entered ?? 0);

    /// <summary>Events that left them.</summary>
    public long QueueOut => _leftBefore + (_queue?.Left ?? 0);

    public void BeginTurn(EventQueue queue)
    {
        _enteredBefore += _queue?.Entered ?? 0;
        _leftBefore += _queue?.Left ?? 0;
        Volatile.Write(ref _queue, queue);
        _isCollecting = true;
    }

    public void CountReceived(string type, DateTime at)
    {
        _received.AddOrUpdate(type, 1, static (_, count) => count + 1);
        Volatile.Write(ref _lastReceivedAt, at.Ticks);
    }

    public void CountMalformed() => Interlocked.Increment(ref _malformed);

    public void CountReaderWait() => Interlocked.Increment(ref _readerWaits);

    public void Moved(DateTime at) => Volatile.Write(ref _movedAt, at.Ticks);

    public void BeginCommit(DateTime oldest) => Volatile.Write(ref _committingSince, oldest.Ticks);

    public void CountCommit(int events, DateTime at)
    {
        Interlocked.Add(ref _committedEvents, events);
        Interlocked.Increment(ref _commits);
        Volatile.Write(ref _lastCommitAt, at.Ticks);
        Volatile.Write(ref _committingSince, 0);
        Moved(at);
        _fault = null;
    }

    public void CountRetry(string fault, DateTime at)
    {
        Interlocked.Increment(ref _retries);
        Moved(at);
        _fault = fault;
    }

    /// <summary>Nothing is under way any more.</summary>
    public void EndTurn()
    {
        _isCollecting = false;
        Volatile.Write(ref _committingSince, 0);
        _fault = null;
    }

    private static DateTime? ToTime(ref long ticks) =>
        Volatile.Read(ref ticks) is > 0 and var value ? new DateTime(value, DateTimeKind.Utc) : null;
}
