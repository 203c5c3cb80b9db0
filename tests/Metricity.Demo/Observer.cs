using Metricity.Testing;

namespace Metricity.Demo;

/// <summary>Takes snapshots of the running demonstration. One caller at a time.</summary>
/// <param name="duration">How long the guild is to live; null = until a signal.</param>
internal sealed class Observer(TimeSpan? duration, DemoBed bed, CollectorProcess collector, CommitWatch commits, TimeProvider time)
{
    private const string CountSql =
        """
        select (select count(*) from messages), (select count(*) from messages where is_deleted), (select count(*) from users),
            (select count(*) from member_events), (select count(*) from threads), (select count(*) from channels),
            (select count(*) from categories)
        """;

    private static readonly string[] Tables =
        ["messages", "deleted messages", "users", "member events", "threads", "channels", "categories"];

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(3);

    private readonly long _start = time.GetTimestamp();
    private readonly Queue<(long At, long Sequence, long Rows, TimeSpan Cpu)> _history = [];

    public async Task<Snapshot> TakeAsync()
    {
        var counts = new long[Tables.Length];
        await using (var command = bed.Database.CreateCommand(CountSql))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            for (var i = 0; i < counts.Length; i++)
            {
                counts[i] = reader.GetInt64(i);
            }
        }

        var (bytes, cpu) = collector.Usage();
        var now = (At: time.GetTimestamp(), Sequence: bed.Simulator.Gateway.LastSequence, Rows: counts.Sum() - counts[1], Cpu: cpu);
        _history.Enqueue(now);
        while (time.GetElapsedTime(_history.Peek().At, now.At) > Span && _history.Count > 2)
        {
            _history.Dequeue();
        }

        var before = _history.Peek();
        var seconds = Math.Max(time.GetElapsedTime(before.At, now.At).TotalSeconds, 0.001);
        var (median, worst) = commits.Lag;

        return new Snapshot(
            time.GetElapsedTime(_start, now.At),
            duration,
            (now.Sequence - before.Sequence) / seconds,
            (now.Rows - before.Rows) / seconds,
            [.. Tables.Zip(counts)],
            median,
            worst,
            Math.Max(0, now.Sequence - commits.Committed),
            bytes,
            (now.Cpu - before.Cpu).TotalSeconds / seconds * 100,
            [.. bed.Life.Happenings.Select(happening => $"{happening.At:HH:mm:ss}  {happening.Text}")],
            bed.Psql);
    }
}
