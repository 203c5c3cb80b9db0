using System.Collections.Concurrent;
using System.Globalization;

namespace Metricity.Chaos;

/// <summary>What happened in a run: counts by kind of fault, and two logs with the same clock. Thread safe.</summary>
internal sealed class Journal : IDisposable
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _wrong = [];
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TextWriter _faults;
    private readonly TextWriter _collector;

    public Journal(string directory, TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        Directory.CreateDirectory(directory);
        _faults = TextWriter.Synchronized(new StreamWriter(Path.Combine(directory, "faults.log")) { AutoFlush = true });
        _collector = TextWriter.Synchronized(new StreamWriter(Path.Combine(directory, "collector.log")) { AutoFlush = true });
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Faults that took place, by name.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    public int Total => _counts.Values.Sum();

    /// <summary>What must not have happened, a sentence each.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public void Count(Fault fault) => _counts.AddOrUpdate(fault.Name, 1, (_, count) => count + 1);

    public void Note(string text) => _faults.WriteLine($"{Stamp()} {text}");

    public void NoteCollector(int number, string line) => _collector.WriteLine($"{Stamp()} [{number}] {line}");

    public void Blame(string text)
    {
        _wrong.Enqueue(text);
        Note("WRONG: " + text);
    }

    public void Dispose()
    {
        _faults.Dispose();
        _collector.Dispose();
    }

    private string Stamp() => Elapsed.ToString(@"mm\:ss\.fff", CultureInfo.InvariantCulture);
}
