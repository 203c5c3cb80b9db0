using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Metricity.Demo;

/// <summary>A screen that is redrawn four times a second.</summary>
internal sealed class LiveView : IDemoView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private const int Happenings = 10;

    public void Say(string text) => AnsiConsole.WriteLine(text);

    public Task WatchAsync(Func<Task<Snapshot>> take, CancellationToken stop) =>
        AnsiConsole.Live(new Text("")).AutoClear(false).StartAsync(async live =>
        {
            try
            {
                while (true)
                {
                    live.UpdateTarget(Draw(await take()));
                    await Task.Delay(Interval, stop);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The end of the watch; the last picture stays.
            }
        });

    private static Rows Draw(Snapshot now)
    {
        var clock = now.Duration is { } duration ? $"{now.Elapsed:mm\\:ss} of {duration:mm\\:ss}" : $"{now.Elapsed:mm\\:ss}, Ctrl+C ends";
        var both = new Grid().AddColumn().AddColumn();
        both.AddRow(Panel("Collector", Rates(now)), Panel("Rows by table", Tables(now)));

        return new Rows(
            new Rule($"[bold]Metricity for .NET[/] on a simulated guild, {clock}").LeftJustified(),
            both,
            Panel("What just happened", Recent(now)),
            new Markup($"Look for yourself:  [bold]{Markup.Escape(now.Psql)}[/]"));
    }

    private static Panel Panel(string title, IRenderable content) => new Panel(content).Header(title).Border(BoxBorder.Rounded).Expand();

    private static Grid Rates(Snapshot now)
    {
        var grid = new Grid().AddColumn().AddColumn(new GridColumn().RightAligned());
        Row("events from Discord", $"{now.EventsPerSecond:0.0} /s");
        Row("rows added", $"{now.RowsPerSecond:0.0} /s");
        Row("event to commit, median", now.Lag is { } lag ? $"{lag.TotalMilliseconds:0} ms" : "-");
        Row("event to commit, worst of 5 s", now.WorstLag is { } worst ? $"{worst.TotalMilliseconds:0} ms" : "-");
        Row("waiting for commit", now.Waiting.ToString(CultureInfo.InvariantCulture));
        Row("memory", $"{now.CollectorBytes / 1048576.0:0} MB");
        Row("processor", $"{now.CollectorCpu:0.0} % of a core");

        return grid;

        void Row(string name, string value) => grid.AddRow(new Text(name), new Text(value));
    }

    private static Grid Tables(Snapshot now)
    {
        var grid = new Grid().AddColumn().AddColumn(new GridColumn().RightAligned());
        foreach (var (table, rows) in now.Tables)
        {
            grid.AddRow(new Text(table), new Text(rows.ToString("N0", CultureInfo.InvariantCulture)));
        }

        return grid;
    }

    private static Rows Recent(Snapshot now)
    {
        var lines = now.Happenings.TakeLast(Happenings).ToList();
        lines.AddRange(Enumerable.Repeat("", Happenings - lines.Count));

        return new Rows(lines.Select(line => new Text(line) { Overflow = Overflow.Ellipsis }));
    }
}
