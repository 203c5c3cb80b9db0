using System.Collections.Concurrent;

namespace Metricity.Ingest;

/// <summary>Counters of this stage since the start, for health and metrics. Thread safe.</summary>
internal sealed class IngestStatus
{
    private readonly ConcurrentDictionary<string, long> _received = new(StringComparer.Ordinal);
    private long _malformed;
    private long _committedEvents;
    private long _commits;
    private long _retries;

    /// <summary>Dispatches by event type, unknown types included.</summary>
    public IReadOnlyDictionary<string, long> Received => _received;

    public long Malformed => Volatile.Read(ref _malformed);

    /// <summary>Events whose changes are committed.</summary>
    public long CommittedEvents => Volatile.Read(ref _committedEvents);

    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Commits that had to be tried again because the database was away or busy.</summary>
    public long Retries => Volatile.Read(ref _retries);

    public void CountReceived(string type) => _received.AddOrUpdate(type, 1, static (_, count) => count + 1);

    public void CountMalformed() => Interlocked.Increment(ref _malformed);

    public void CountCommit(int events)
    {
        Interlocked.Add(ref _committedEvents, events);
        Interlocked.Increment(ref _commits);
    }

    public void CountRetry() => Interlocked.Increment(ref _retries);
}
