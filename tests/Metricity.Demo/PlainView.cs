namespace Metricity.Demo;

/// <summary>Lines, for logs and pipes: one every few seconds.</summary>
internal sealed class PlainView : IDemoView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    public void Say(string text) => Console.WriteLine(text);

    public async Task WatchAsync(Func<Task<Snapshot>> take, CancellationToken stop)
    {
        Say("look for yourself: " + (await take()).Psql);
        try
        {
            while (true)
            {
                await Task.Delay(Interval, stop);
                Say(Line(await take()));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the watch.
        }
    }

    private static string Line(Snapshot now)
    {
        var tables = string.Join(", ", now.Tables.Select(table => $"{table.Rows} {table.Table}"));
        var lag = now.Lag is { } median
            ? $"lag {median.TotalMilliseconds:0} ms (worst {now.WorstLag!.Value.TotalMilliseconds:0})"
            : "lag -";

        return $"{now.Elapsed:mm\\:ss}  {now.EventsPerSecond,5:0.0} events/s  {now.RowsPerSecond,5:0.0} rows/s  {lag}  "
            + $"waiting {now.Waiting}  {now.CollectorBytes / 1048576.0:0} MB  {tables}";
    }
}
