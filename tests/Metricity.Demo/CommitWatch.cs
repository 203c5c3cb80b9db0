using Metricity.DiscordSimulator;
using Npgsql;

namespace Metricity.Demo;

/// <summary>
/// Compares the simulator's last sequence with the committed one, fifty times a second, and so knows how long an event takes to its
/// commit (to about 20 ms). Its loop is the only writer; the figures may be read from anywhere.
/// </summary>
internal sealed class CommitWatch(Simulator simulator, NpgsqlDataSource database, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<(long Sequence, long At)> _sent = [];
    private readonly Queue<(TimeSpan Lag, long At)> _lags = [];

    /// <summary>Sequence in the database; 0 before the first commit.</summary>
    public long Committed { get; private set; }

    /// <summary>Median and longest of the last five seconds.</summary>
    public (TimeSpan? Median, TimeSpan? Worst) Lag
    {
        get
        {
            lock (_lock)
            {
                if (_lags.Count == 0)
                {
                    return (null, null);
                }

                var sorted = _lags.Select(lag => lag.Lag).Order().ToArray();

                return (sorted[sorted.Length / 2], sorted[^1]);
            }
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var last = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var sequence = simulator.Gateway.LastSequence;
                if (sequence > last)
                {
                    last = sequence;
                    _sent.Enqueue((sequence, time.GetTimestamp()));
                }

                Committed = await ReadAsync(cancellationToken);
                Note(time.GetTimestamp());
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the watch.
        }
    }

    /// <summary>The committed sequence of the simulator's present session; 0 for none.</summary>
    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select sequence from metricity.positions where session_id = $1");
        command.Parameters.AddWithValue(simulator.Gateway.Session?.Id ?? "");

        return await command.ExecuteScalarAsync(cancellationToken) is long sequence ? sequence : 0;
    }

    private void Note(long now)
    {
        lock (_lock)
        {
            while (_sent.TryPeek(out var oldest) && oldest.Sequence <= Committed)
            {
                _sent.Dequeue();
                _lags.Enqueue((time.GetElapsedTime(oldest.At, now), now));
            }

            while (_lags.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At, now) > Span)
            {
                _lags.Dequeue();
            }
        }
    }
}
