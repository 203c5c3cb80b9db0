namespace Metricity.Report;

/// <summary>The report as one page that needs nothing else: no script, no font, no picture from elsewhere.</summary>
internal static partial class HtmlReport
{
    /// <summary>Rows of a table that are there at once.</summary>
    private const int Shown = 20;

    private const string Hatched = "not collected, in whole or in part";

    /// <param name="others">Links to the guilds beside this one, as name and address; empty = none.</param>
    public static string Render(GuildReport report, IReadOnlyList<(string Name, string Address)>? others = null)
    {
        var html = new HtmlText();
        Begin(html, report.GuildId.Length > 0 ? $"Guild {report.GuildId}" : $"Schema {report.Schema}");
        var period = $"{Words.Minute(report.Since)} to {Words.Minute(report.Until)}";
        html.Add($"""<p class="dim">{Words.Plural(report.Days, "day")}, {period}, time zone {report.Zone}.</p>""");
        html.Add($"<nav>");
        foreach (var section in Sections.All)
        {
            html.Add($"""<a href="#{section.Id}">{section.Title}</a>""");
        }

        foreach (var (name, address) in others ?? [])
        {
            html.Add($"""<a href="{address}">Guild {Words.Plain(name)}</a>""");
        }

        html.Add($"""</nav></header><main>""");
        Overview(html, report);
        Channels(html, report);
        Help(html, report);
        Hours(html, report);
        Members(html, report);
        Newcomers(html, report);
        Quiet(html, report);
        Gaps(html, report);
        html.Add(
            $"""
            </main><footer>Made by Metricity from metadata: who wrote where and when. It holds no message's text.</footer></body></html>
            """);

        return html.ToString();
    }

    /// <summary>A page in place of the report: one sentence.</summary>
    public static string RenderError(string title, string sentence)
    {
        var html = new HtmlText();
        Begin(html, title);
        html.Add($"</header><main><section><p>{sentence}</p></section></main></body></html>");

        return html.ToString();
    }

    private static void Begin(HtmlText html, string title)
    {
        html.Add(
            $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><title>{title}</title><style>
            """);
        html.AddStyle(HtmlStyle.Css);
        html.Add(
            $"""
            </style></head><body><svg class="defs" aria-hidden="true"><defs>
            <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="5"/></pattern></defs></svg><header><h1>{title}</h1>
            """);
    }

    private static void Open(HtmlText html, Section section) =>
        html.Add($"""<section id="{section.Id}"><h2>{section.Title}</h2><p class="dim">{section.Answers}</p>""");

    private static void Nothing(HtmlText html, Section section) => html.Add($"""<p class="nothing">{section.Nothing}</p>""");

    private static void Overview(HtmlText html, GuildReport report)
    {
        var (now, before) = (report.Now, report.Before);
        Open(html, Sections.Overview);
        html.Add($"""<div class="cards four">""");
        Card(html, "messages", Words.Count(now.Messages), Against(report, now.Messages, before.Messages, Words.Count(before.Messages)));
        Card(html, "active users", Words.Count(now.ActiveUsers),
            Against(report, now.ActiveUsers, before.ActiveUsers, Words.Count(before.ActiveUsers)));
        Card(html, "active on an average day", Words.Average(now.ActiveUsersADay),
            Against(report, now.ActiveUsersADay, before.ActiveUsersADay, Words.Average(before.ActiveUsersADay)));
        Card(html, "members now", Words.Count(now.Members),
            before.Members is { } earlier ? $"before: {Words.Count(earlier)}" : "");
        Card(html, "joins", Words.Count(now.Joins), Against(report, now.Joins, before.Joins, Words.Count(before.Joins)));
        Card(html, "leaves", Words.Count(now.Leaves), Against(report, now.Leaves, before.Leaves, Words.Count(before.Leaves)));
        Card(html, "deleted since", Words.Count(now.DeletedMessages), "of the messages written in this period");
        Card(html, "collected", Words.Percent(now.Covered), CoverageWords.Explain(now, before));
        html.Add($"</div>");
        if (now.Messages is null or 0)
        {
            html.Add($"""<p class="nothing">{(now.Messages is null ? CoverageWords.NothingKnown : Sections.Overview.Nothing)}</p>""");
        }

        if (report.Activity.Count > 0)
        {
            HtmlCharts.Keys(html, ("hatched", Hatched));
            var unit = $"per {Words.Noun(report.Step)}, {report.Zone}";
            HtmlCharts.Bars(html, "Messages", unit, Bars(report, report.Activity, point => point.Messages), Whole);
            HtmlCharts.Bars(html, "Active users", unit, Bars(report, report.Activity, point => point.ActiveUsers), Whole);
        }

        html.Add($"</section>");
    }

    private static string Against(GuildReport report, double? now, double? before, string beforeText)
    {
        var change = report.Now.IsComparable && report.Before.IsComparable ? Words.Change(now, before) : "";

        return change.Length > 0 ? $"{change} (before: {beforeText})" : $"before: {beforeText}";
    }

    private static void Card(HtmlText html, string name, string value, string note) =>
        html.Add($"""<div class="card"><span>{name}</span><b>{value}</b><span>{note}</span></div>""");

    private static void Channels(HtmlText html, GuildReport report)
    {
        Open(html, Sections.Channels);
        if (report.Channels.Count == 0)
        {
            Nothing(html, Sections.Channels);
        }
        else
        {
            var most = Math.Max(1, report.Channels.Max(channel => channel.Messages));
            HtmlTable.Add(html, report.Channels, Shown, "channel",
                new("Channel", false, (cell, channel) => Channel(cell, channel.Name, channel.IsStaff, channel.IsDeleted)),
                new("Category", false, (cell, channel) => cell.Add($"{Name(channel.Category)}")),
                new("", false, (cell, channel) => HtmlCharts.InCell(cell, (double)channel.Messages / most)),
                new("Messages", true, (cell, channel) => cell.Add($"{Words.Count(channel.Messages)}")),
                new("In threads", true, (cell, channel) => cell.Add($"{Words.Count(channel.InThreads)}")),
                new("Users", true, (cell, channel) => cell.Add($"{Words.Count(channel.Users)}")),
                new("Last used", true, (cell, channel) => cell.Add($"{Words.Day(channel.LastActive)}")));
            var top = report.ChannelSeries.SelectMany(series => series.Points).Max(point => (double?)point.Messages) ?? 0;
            html.Add($"""<div class="grids">""");
            foreach (var series in report.ChannelSeries)
            {
                HtmlCharts.Bars(
                    html, Words.Brief(series.Name), $"messages per {Words.Noun(report.Step)}",
                    Bars(report, series.Points, point => point.Messages), Whole, top, height: 110);
            }

            html.Add($"""</div><p class="key">The charts share one scale, so that they can be compared.</p>""");
        }

        html.Add($"</section>");
    }

    private static void Help(HtmlText html, GuildReport report)
    {
        var help = report.Help;
        Open(html, Sections.Help);
        if (help.Opened == 0)
        {
            Nothing(html, Sections.Help);
            html.Add($"</section>");

            return;
        }

        html.Add($"""<div class="cards">""");
        Card(html, "opened", Words.Count(help.Opened), "help threads");
        Card(html, "answered by others", Words.Share(help.Answered, help.Opened), $"{Words.Count(help.Answered)} threads");
        Card(html, "to first reply", Words.Duration(help.MinutesToFirstReply), "median of those answered");
        Card(html, "resolved", Words.Share(help.Resolved, help.Opened), $"{Words.Count(help.Resolved)} threads, closed or gone quiet");
        Card(html, "to resolution", Words.Duration(help.MinutesToResolution), "median of those resolved");
        html.Add($"</div>");
        HtmlCharts.Keys(html, ("", "opened"), ("deep", "of them answered by others"), ("hatched", Hatched));
        var per = $"per {Words.Noun(report.HelpStep)}, {report.Zone}";
        HtmlCharts.Bars(html, "Help threads", per,
            [.. report.HelpPoints.Select(point => HelpBar(report, point, point.Opened, point.Answered))], Whole);
        html.Add($"""<div class="grids">""");
        Durations(html, report, "Time to first reply", point => point.MinutesToFirstReply);
        Durations(html, report, "Time to resolution", point => point.MinutesToResolution);
        html.Add($"</div></section>");
    }

    /// <summary>A week without a thread has no time to show; that is no gap.</summary>
    private static void Durations(HtmlText html, GuildReport report, string name, Func<HelpPoint, double?> minutes)
    {
        var (divisor, unit) = report.HelpPoints.Max(minutes) switch
        {
            < 180 => (1, "minutes"),
            < 72 * 60 => (60, "hours"),
            _ => (24 * 60, "days"),
        };
        HtmlCharts.Bars(html, name, $"median {unit} per {Words.Noun(report.HelpStep)}",
            [.. report.HelpPoints.Select(point =>
                HelpBar(report, point, minutes(point) / divisor ?? (point.Opened is null ? null : 0), null))],
            value => Words.Duration(value * divisor), height: 130);
    }

    private static Bar HelpBar(GuildReport report, HelpPoint point, double? value, double? inner) => new(
        Words.Axis(point.Start, report.HelpStep), Words.Step(point.Start, report.HelpStep), value, inner, point.Covered);

    private static IReadOnlyList<Bar> Bars(GuildReport report, IReadOnlyList<ActivityPoint> points, Func<ActivityPoint, double?> value) =>
        [.. points.Select(point => new Bar(
            Words.Axis(point.Start, report.Step), Words.Step(point.Start, report.Step), value(point), null, point.Covered))];

    private static string Whole(double value) => Words.Count((long)value);

    private static string Name(string? name) => name is null ? "" : Words.Plain(name);

    /// <summary>Direction is kept inside of the name, whatever script it is written in.</summary>
    private static void Channel(HtmlText html, string name, bool isStaff, bool isDeleted)
    {
        html.Add($"<bdi>{Words.Plain(name)}</bdi>");
        if (isStaff)
        {
            Tag(html, "staff");
        }

        if (isDeleted)
        {
            Tag(html, "deleted");
        }
    }

    private static void Tag(HtmlText html, string text) => html.Add($"""<span class="tag">{text}</span>""");
}
