using Spectre.Console;

namespace Metricity.Report;

/// <summary>The report for a terminal: tables with bars. Names are escaped and cannot steer the terminal.</summary>
internal sealed partial class TextReport(IAnsiConsole console, GuildReport report)
{
    private const int MaxRows = 20;

    /// <summary>Columns of the longest bar.</summary>
    private const int BarWidth = 28;

    private readonly bool _isUnicode = console.Profile.Capabilities.Unicode;

    public void Write()
    {
        var guild = report.GuildId.Length > 0 ? $"Guild {report.GuildId}" : $"Schema {report.Schema}";
        Line($"[bold]{Escape(guild)}[/], {Words.Plural(report.Days, "day")}: "
            + $"{Words.Minute(report.Since)} to {Words.Minute(report.Until)}, time zone {Escape(report.Zone)}");
        WriteOverview();
        WriteChannels();
        WriteHelp();
        WriteHours();
        WriteMembers();
        WriteNewcomers();
        WriteQuiet();
        WriteGaps();
    }

    private static string Escape(string? name) => name is null ? "" : Markup.Escape(Words.Plain(name));

    private static Table NewTable() => new Table().Border(TableBorder.Simple);

    private static TableColumn Text(string head) => new(Markup.Escape(head));

    private static TableColumn Number(string head) => new TableColumn(Markup.Escape(head)).RightAligned().NoWrap();

    private void Line(string markup) => console.MarkupLine(markup);

    private void Begin(Section section)
    {
        console.WriteLine();
        Line($"[bold]{Escape(section.Title)}[/]");
        Line($"[dim]{Escape(section.Answers)}[/]");
    }

    private void Rest(int count, string noun)
    {
        if (count > MaxRows)
        {
            Line($"[dim]{Words.Plural(count - MaxRows, noun)} more; --json and --html list them all.[/]");
        }
    }

    /// <summary>A bar in proportion to the highest value; other signs where nothing is known.</summary>
    private string Bar(double? value, double most, double? covered, int width = BarWidth)
    {
        if (value is not { } known)
        {
            return $"[dim]{new string(_isUnicode ? '░' : '?', width / 4)} {Words.NotKnown}[/]";
        }

        var length = most <= 0 ? 0 : (int)Math.Round(known / most * width);
        var bar = new string(_isUnicode ? '█' : '#', known > 0 ? Math.Max(1, length) : 0);
        var part = covered < HtmlCharts.Whole ? $" [dim]{(_isUnicode ? "░" : "?")} {Words.Percent(covered)} collected[/]" : "";

        return $"[blue]{bar}[/]{part}";
    }

    private static string After(double? minutes, string words) => minutes is null ? "" : $", {words} {Words.Duration(minutes)}";

    private void WriteOverview()
    {
        var (now, before) = (report.Now, report.Before);
        var compares = now.IsComparable && before.IsComparable;
        Begin(Sections.Overview);
        if (now.Messages is null or 0)
        {
            Line(now.Messages is null ? CoverageWords.NothingKnown : Sections.Overview.Nothing);
        }

        var table = NewTable().AddColumns(
            Text(""), Number("this period"), Number($"the {Words.Plural(report.Days, "day")} before"), Number("change"));
        Add("messages", Words.Count(now.Messages), Words.Count(before.Messages), now.Messages, before.Messages);
        Add("deleted since", Words.Count(now.DeletedMessages), Words.Count(before.DeletedMessages), null, null);
        Add("active users", Words.Count(now.ActiveUsers), Words.Count(before.ActiveUsers), now.ActiveUsers, before.ActiveUsers);
        Add("active users on an average day", Words.Average(now.ActiveUsersADay), Words.Average(before.ActiveUsersADay),
            now.ActiveUsersADay, before.ActiveUsersADay);
        Add("members at its end", Words.Count(now.Members), Words.Count(before.Members), now.Members, before.Members);
        Add("joins", Words.Count(now.Joins), Words.Count(before.Joins), now.Joins, before.Joins);
        Add("leaves", Words.Count(now.Leaves), Words.Count(before.Leaves), now.Leaves, before.Leaves);
        Add("collected", Words.Percent(now.Covered), Words.Percent(before.Covered), null, null);
        console.Write(table);
        Line(Escape(CoverageWords.Explain(now)));
        WriteActivity();

        void Add(string name, string value, string earlier, double? a, double? b) =>
            table.AddRow(name, value, earlier, compares ? Words.Change(a, b) : "");
    }

    private void WriteActivity()
    {
        if (report.Activity.Count == 0)
        {
            return;
        }

        var most = report.Activity.Max(point => (double?)point.Messages) ?? 0;
        var table = NewTable().AddColumns(
            Text($"per {Words.Noun(report.Step)}"), Text("messages").NoWrap(), Number("messages"), Number("active users"));
        foreach (var point in report.Activity)
        {
            table.AddRow(
                Words.Step(point.Start, report.Step), Bar(point.Messages, most, point.Covered), Words.Count(point.Messages),
                Words.Count(point.ActiveUsers));
        }

        console.Write(table);
    }

    private void WriteChannels()
    {
        Begin(Sections.Channels);
        if (report.Channels.Count == 0)
        {
            Line(Sections.Channels.Nothing);

            return;
        }

        var rows = report.ChannelsAreChosen ? report.Channels : [.. report.Channels.Take(MaxRows)];
        var most = report.Channels.Max(channel => channel.Messages);
        var table = NewTable().AddColumns(
            Text("channel"), Text(""), Number("messages"), Number("in threads"), Number("users"), Number("last used"));
        foreach (var channel in rows)
        {
            var tags = (channel.IsStaff ? " [dim](staff)[/]" : "") + (channel.IsDeleted ? " [dim](deleted)[/]" : "");
            table.AddRow(
                Escape(channel.Name) + tags, Bar(channel.Messages, most, null, BarWidth / 2), Words.Count(channel.Messages),
                Words.Count(channel.InThreads), Words.Count(channel.Users), Words.Day(channel.LastActive));
        }

        console.Write(table);
        if (!report.ChannelsAreChosen)
        {
            Rest(report.Channels.Count, "channel");
        }
    }

    private void WriteHelp()
    {
        var help = report.Help;
        Begin(Sections.Help);
        if (help.Opened == 0)
        {
            Line(Sections.Help.Nothing);

            return;
        }

        Line($"{Words.Plural(help.Opened, "thread")} opened; {Words.Share(help.Answered, help.Opened)} answered by others"
            + After(help.MinutesToFirstReply, "first reply after") + $"; {Words.Share(help.Resolved, help.Opened)} resolved"
            + After(help.MinutesToResolution, "after") + ". Times are medians.");
        var most = report.HelpPoints.Max(point => (double?)point.Opened) ?? 0;
        var table = NewTable().AddColumns(
            Text($"per {Words.Noun(report.HelpStep)}"), Text("opened").NoWrap(), Number("opened"), Number("answered"), Number("first reply"),
            Number("resolved"), Number("resolution"));
        foreach (var point in report.HelpPoints)
        {
            table.AddRow(
                Words.Step(point.Start, report.HelpStep), Bar(point.Opened, most, point.Covered, BarWidth / 2), Words.Count(point.Opened),
                Words.Count(point.Answered), Words.Duration(point.MinutesToFirstReply), Words.Count(point.Resolved),
                Words.Duration(point.MinutesToResolution));
        }

        console.Write(table);
    }
}
