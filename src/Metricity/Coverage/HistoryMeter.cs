namespace Metricity.Coverage;

/// <summary>Counts how far the fetching of a gap or backfill has got, for log lines and the progress display. Thread safe.</summary>
/// <param name="total">Counts the pages of all gaps together; none when null.</param>
internal sealed class HistoryMeter(HistoryMeter? total = null)
{
    private int _parts;
    private int _partsDone;
    private long _pages;
    private long _messages;
    private long _vanished;

    /// <summary>Channels, threads and lists of threads known to be fetched; grows while threads are found.</summary>
    public int Parts => Volatile.Read(ref _parts);

    public int PartsDone => Volatile.Read(ref _partsDone);

    /// <summary>Pages fetched in this run.</summary>
    public long Pages => Volatile.Read(ref _pages);

    /// <summary>Messages on these pages.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Stored messages that turned out to be deleted.</summary>
    public long Vanished => Volatile.Read(ref _vanished);

    public void SetParts(int parts, int done)
    {
        Volatile.Write(ref _parts, parts);
        Volatile.Write(ref _partsDone, done);
    }

    public void CountPage(int messages, int vanished)
    {
        Interlocked.Increment(ref _pages);
        Interlocked.Add(ref _messages, messages);
        Interlocked.Add(ref _vanished, vanished);
        total?.CountPage(messages, vanished);
    }

    public void CountDone() => Interlocked.Increment(ref _partsDone);
}
