namespace Metricity.Report;

/// <summary>The sections on times and people, and what is not known.</summary>
internal static partial class HtmlReport
{
    private static void Hours(HtmlText html, GuildReport report)
    {
        Open(html, Sections.Hours);
        if (report.Hours.All(hour => hour.Hours == 0) && report.Week.All(hour => hour.Hours == 0))
        {
            Nothing(html, Sections.Hours);
        }
        else
        {
            HtmlCharts.Bars(html, "Active users", $"average per hour of the day, {report.Zone}",
                [.. report.Hours.Select(hour => new Bar(
                    $"{hour.Hour:00}:00", $"{hour.Hour:00}:00 to {hour.Hour:00}:59", hour.Hours == 0 ? null : hour.ActiveUsers, null, null))],
                value => Words.Average(value));
            HtmlCharts.Week(html, "Messages", $"average per hour of the week, {report.Zone}", report.Week, hour => hour.Messages);
        }

        html.Add($"</section>");
    }

    private static void Members(HtmlText html, GuildReport report)
    {
        Open(html, Sections.Members);
        var moves = report.Members.Sum(point => (point.Joins ?? 0) + (point.Leaves ?? 0));
        if (moves == 0)
        {
            Nothing(html, Sections.Members);
        }

        if (report.Members.Count > 0 && (moves > 0 || report.Members.Any(point => point.Members is not null)))
        {
            var unit = $"per {Words.Noun(report.Step)}, {report.Zone}";
            if (moves > 0)
            {
                HtmlCharts.Keys(html, ("", "joins (up)"), ("low", "leaves (down)"), ("hatched", Hatched));
                HtmlCharts.UpAndDown(html, "Joins and leaves", unit, [.. report.Members.Select(point =>
                    (MemberBar(report, point, point.Joins, "joins"), MemberBar(report, point, point.Leaves, "leaves")))]);
            }

            HtmlCharts.Line(html, "Members", $"at the end of each {Words.Noun(report.Step)}; the scale does not begin at zero",
                [.. report.Members.Select(point => MemberBar(report, point, point.Members, "members"))]);
            var inferred = report.Members.Sum(point => point.Inferred ?? 0);
            if (inferred > 0)
            {
                html.Add($"""<p class="key">{CoverageWords.ExplainInferred(inferred)}</p>""");
            }
        }

        if (report.Retention.Count > 0)
        {
            HtmlTable.Add(html, report.Retention, report.Retention.Count, "month",
                new("Joined in (UTC)", false, (cell, month) => cell.Add($"{$"{month.Month:yyyy-MM}"}")),
                new("Newcomers", true, (cell, month) => cell.Add($"{Words.Count(month.Newcomers)}")),
                new("Stayed 1 day", true, (cell, month) => cell.Add($"{Words.Share(month.Stayed1Day, month.Newcomers)}")),
                new("7 days", true, (cell, month) => cell.Add($"{Words.Share(month.Stayed7Days, month.Newcomers)}")),
                new("30 days", true, (cell, month) => cell.Add($"{Words.Share(month.Stayed30Days, month.Newcomers)}")),
                new("90 days", true, (cell, month) => cell.Add($"{Words.Share(month.Stayed90Days, month.Newcomers)}")),
                new("Still here", true, (cell, month) => cell.Add($"{Words.Share(month.StillHere, month.Newcomers)}")),
                new("Wrote in 7 days", true, (cell, month) => cell.Add($"{Words.Share(month.WroteWithin7Days, month.Newcomers)}")));
        }

        html.Add($"</section>");
    }

    private static Bar MemberBar(GuildReport report, MemberPoint point, long? value, string what) => new(
        Words.Axis(point.Start, report.Step), $"{Words.Step(point.Start, report.Step)}, {what}", value, null, point.Covered);

    private static void Newcomers(HtmlText html, GuildReport report)
    {
        var newcomers = report.Newcomers;
        Open(html, Sections.Newcomers);
        html.Add($"""<p>{CoverageWords.Explain(newcomers)}</p>""");
        if (newcomers.Rows.Count == 0)
        {
            Nothing(html, Sections.Newcomers);
        }
        else
        {
            HtmlTable.Add(html, newcomers.Rows, Shown, "newcomer",
                new("User", false, (cell, user) => User(cell, user)),
                new("Score", true, (cell, user) => cell.Add($"{user.Score}")),
                new("Reasons", false, (cell, user) => cell.Add($"{Words.Plain(user.Reasons)}")),
                new("Joined", true, (cell, user) => cell.Add($"{Words.Minute(user.Joined)}")),
                new("Account age", true, (cell, user) => cell.Add($"{Words.Duration(user.AccountAgeDays * 24 * 60)}")),
                new("Messages", true, (cell, user) => cell.Add($"{Words.Count(user.Messages)}")),
                new("Deleted", true, (cell, user) => cell.Add($"{Words.Count(user.DeletedMessages)}")));
            if (newcomers.Suspects > newcomers.Rows.Count)
            {
                var more = newcomers.Suspects - newcomers.Rows.Count;
                html.Add($"""<p class="key">{Words.Count(more)} more with lower scores are left out.</p>""");
            }
        }

        html.Add($"</section>");
    }

    private static string Place(LedgerGap gap) => gap.ChannelId is null ? "whole guild" : Words.Plain(gap.Channel ?? gap.ChannelId);

    private static void User(HtmlText html, Newcomer user)
    {
        html.Add($"""<bdi title="{user.Id}">{Words.Plain(user.Name)}</bdi>""");
        if (user.IsBot)
        {
            Tag(html, "bot");
        }

        if (!user.InGuild)
        {
            Tag(html, "left");
        }
    }

    private static void Quiet(HtmlText html, GuildReport report)
    {
        Open(html, Sections.Quiet);
        if (report.Quiet.Count == 0)
        {
            Nothing(html, Sections.Quiet);
        }
        else
        {
            if (report.Quiet[0].Covered is not { } covered || covered < HtmlCharts.Whole)
            {
                html.Add($"""<p class="key">{CoverageWords.ExplainMonth(report.Quiet[0].Covered)}</p>""");
            }

            HtmlTable.Add(html, report.Quiet, Shown, "channel",
                new("Channel", false, (cell, channel) => Channel(cell, channel.Name, isStaff: false, isDeleted: false)),
                new("Category", false, (cell, channel) => cell.Add($"{Name(channel.Category)}")),
                new("Messages in 30 days", true, (cell, channel) => cell.Add($"{Words.Count(channel.Messages)}")),
                new("Users", true, (cell, channel) => cell.Add($"{Words.Count(channel.Users)}")),
                new("Last used", true, (cell, channel) => cell.Add($"{Words.Day(channel.LastActive)}")),
                new("Days quiet", true, (cell, channel) => cell.Add($"{(channel.DaysQuiet is { } days ? Words.Count(days) : "–")}")));
        }

        html.Add($"</section>");
    }

    private static void Gaps(HtmlText html, GuildReport report)
    {
        Open(html, Sections.Gaps);
        html.Add($"<p>{CoverageWords.Explain(report.Now)}</p>");
        if (report.Gaps.Count == 0)
        {
            Nothing(html, Sections.Gaps);
        }
        else
        {
            HtmlTable.Add(html, report.Gaps, Shown, "gap",
                new("From", false, (cell, gap) => cell.Add($"{Words.Minute(gap.Start)}")),
                new("To", false, (cell, gap) => cell.Add($"{(gap.GoesOn ? "goes on" : Words.Minute(gap.End))}")),
                new("Where", false, (cell, gap) => cell.Add($"{Place(gap)}")),
                new("State", false, (cell, gap) => cell.Add($"{Words.State(gap.Status)}")),
                new("Why", false, (cell, gap) => cell.Add($"{Name(gap.Reason)}")),
                new("Messages fetched", true, (cell, gap) => cell.Add($"{Words.Count(gap.MessagesFetched)}")));
            if (report.GapCount > report.Gaps.Count)
            {
                html.Add($"""<p class="key">{Words.Count(report.GapCount - report.Gaps.Count)} older gaps are left out.</p>""");
            }
        }

        html.Add($"</section>");
    }
}
