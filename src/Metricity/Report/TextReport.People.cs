using Spectre.Console;

namespace Metricity.Report;

/// <summary>The sections on times and people, and what is not known.</summary>
internal sealed partial class TextReport
{
    private void WriteHours()
    {
        Begin(Sections.Hours);
        if (report.Hours.All(hour => hour.Hours == 0) && report.Week.All(hour => hour.Hours == 0))
        {
            Line(Sections.Hours.Nothing);

            return;
        }

        var most = report.Hours.Max(hour => hour.ActiveUsers) ?? 0;
        var table = NewTable().AddColumns(
            Text($"hour ({report.Zone})"), Text("active users, average").NoWrap(), Number("active users"), Number("messages"));
        foreach (var hour in report.Hours)
        {
            var known = hour.Hours > 0;
            table.AddRow(
                $"{hour.Hour:00}:00", Bar(known ? hour.ActiveUsers : null, most, null), known ? Words.Average(hour.ActiveUsers) : Words.NotKnown,
                known ? Words.Average(hour.Messages) : Words.NotKnown);
        }

        console.Write(table);
        WriteWeek();
    }

    /// <summary>Days by parts of four hours: a terminal has no room for 24 columns of figures.</summary>
    private void WriteWeek()
    {
        const int Part = 4;
        var table = NewTable().AddColumn(Text("messages an hour"));
        for (var hour = 0; hour < 24; hour += Part)
        {
            table.AddColumn(Number($"{hour:00}-{hour + Part:00} h"));
        }

        foreach (var day in report.Week.GroupBy(hour => hour.Day))
        {
            var parts = day.GroupBy(hour => hour.Hour / Part).OrderBy(part => part.Key).Select(part =>
            {
                var known = part.Where(hour => hour.Hours > 0 && hour.Messages is not null).ToList();

                return known.Count == 0 ? Words.NotKnown : Words.Average(Math.Round(known.Average(hour => hour.Messages!.Value), 1));
            });
            table.AddRow([Words.Weekday(day.Key), .. parts]);
        }

        console.Write(table);
    }

    private void WriteMembers()
    {
        Begin(Sections.Members);
        var moves = report.Members.Where(point => point.Joins > 0 || point.Leaves > 0 || point.Joins is null).ToList();
        if (moves.All(point => point.Joins is null && point.Leaves is null))
        {
            Line(Sections.Members.Nothing);
        }
        else
        {
            var most = moves.Max(point => Math.Max(point.Joins ?? 0, point.Leaves ?? 0));
            var table = NewTable().AddColumns(
                Text($"per {Words.Noun(report.Step)}"), Text("joins").NoWrap(), Number("joins"), Text("leaves").NoWrap(), Number("leaves"),
                Number("members"));
            foreach (var point in moves)
            {
                table.AddRow(
                    Words.Step(point.Start, report.Step), Bar(point.Joins, most, point.Covered, BarWidth / 2), Words.Count(point.Joins),
                    Bar(point.Leaves, most, null, BarWidth / 2), Words.Count(point.Leaves), Words.Count(point.Members));
            }

            console.Write(table);
        }

        if (report.Retention.Count == 0)
        {
            return;
        }

        var retention = NewTable().AddColumns(
            Text("joined in (UTC)"), Number("newcomers"), Number("stayed 1 day"), Number("7 days"), Number("30 days"), Number("90 days"),
            Number("still here"), Number("wrote in 7 days"));
        foreach (var month in report.Retention)
        {
            retention.AddRow(
                $"{month.Month:yyyy-MM}", Words.Count(month.Newcomers), Words.Share(month.Stayed1Day, month.Newcomers),
                Words.Share(month.Stayed7Days, month.Newcomers), Words.Share(month.Stayed30Days, month.Newcomers),
                Words.Share(month.Stayed90Days, month.Newcomers), Words.Share(month.StillHere, month.Newcomers),
                Words.Share(month.WroteWithin7Days, month.Newcomers));
        }

        console.Write(retention);
    }

    private void WriteNewcomers()
    {
        var newcomers = report.Newcomers;
        Begin(Sections.Newcomers);
        Line(Escape(CoverageWords.Explain(newcomers)));
        if (newcomers.Rows.Count == 0)
        {
            Line(Sections.Newcomers.Nothing);

            return;
        }

        var table = NewTable().AddColumns(
            Text("user"), Text("id").NoWrap(), Number("score"), Text("reasons"), Number("joined"), Number("messages"));
        foreach (var user in newcomers.Rows.Take(MaxRows))
        {
            var tags = (user.IsBot ? " [dim](bot)[/]" : "") + (user.InGuild ? "" : " [dim](left)[/]");
            table.AddRow(
                Escape(user.Name) + tags, Escape(user.Id), $"{user.Score}", Escape(user.Reasons), Words.Minute(user.Joined),
                Words.Count(user.Messages));
        }

        console.Write(table);
        Rest((int)Math.Min(int.MaxValue, newcomers.Suspects), "newcomer");
    }

    private void WriteQuiet()
    {
        Begin(Sections.Quiet);
        if (report.Quiet.Count == 0)
        {
            Line(Sections.Quiet.Nothing);

            return;
        }

        if (report.Quiet[0].Covered is not { } covered || covered < HtmlCharts.Whole)
        {
            Line(Escape(CoverageWords.ExplainMonth(report.Quiet[0].Covered)));
        }

        var table = NewTable().AddColumns(
            Text("channel"), Text("category"), Number("messages in 30 days"), Number("users"), Number("last used"), Number("days quiet"));
        foreach (var channel in report.Quiet.Take(MaxRows))
        {
            table.AddRow(
                Escape(channel.Name), Escape(channel.Category), Words.Count(channel.Messages), Words.Count(channel.Users),
                Words.Day(channel.LastActive), channel.DaysQuiet is { } days ? Words.Count(days) : "–");
        }

        console.Write(table);
        Rest(report.Quiet.Count, "channel");
    }

    private void WriteGaps()
    {
        Begin(Sections.Gaps);
        if (report.Gaps.Count == 0)
        {
            Line(Sections.Gaps.Nothing);

            return;
        }

        var table = NewTable().AddColumns(
            Text("from").NoWrap(), Text("to").NoWrap(), Text("where"), Text("state"), Text("why"), Number("fetched"));
        foreach (var gap in report.Gaps.Take(MaxRows))
        {
            table.AddRow(
                Words.Minute(gap.Start), gap.GoesOn ? "goes on" : Words.Minute(gap.End),
                gap.ChannelId is null ? "whole guild" : Escape(gap.Channel ?? gap.ChannelId),
                Markup.Escape(Words.State(gap.Status)), Escape(gap.Reason), Words.Count(gap.MessagesFetched));
        }

        console.Write(table);
        Rest((int)Math.Min(int.MaxValue, report.GapCount), "gap");
    }
}
