using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Report;

internal sealed partial class InsightsTruth
{
    private const string ThreadColumns =
        "thread_id, thread, channel_id, channel, channel_type, is_staff, is_help, type, opened_by_id, opened_by, created_at, messages, replies, "
        + "first_reply_at, minutes_to_first_reply, last_message_at, status, resolved_at, minutes_to_resolution, is_locked, tags";

    private List<ThreadLife>? _threads;

    private List<ThreadLife> Lives => _threads ??= MakeLives();

    public InsightsRows ThreadSummary() => Threads(null, null, null);

    public InsightsRows Threads(DateTime? since, DateTime? until, ulong? channel)
    {
        var rows = new InsightsRows(ThreadColumns);
        foreach (var life in Created(since, until, channel, onlyHelp: false))
        {
            var (row, parent) = (life.Row, life.Parent);
            rows.Add(
                row.Id, row.Name, parent.Id, parent.Name, parent.Type, parent.IsStaff, life.IsHelp, row.Type, row.OwnerId,
                _users[row.OwnerId].Name, row.CreatedAt, (long)life.Messages, (long)life.Replies, life.FirstReply,
                Minutes(row.CreatedAt, life.FirstReply), life.Last,
                row.IsDeleted ? "deleted" : row.IsArchived ? "resolved" : "open",
                life.Resolved, Minutes(row.CreatedAt, life.Resolved), row.IsLocked, row.Tags);
        }

        return rows;
    }

    public InsightsRows ThreadsByMonth()
    {
        var rows = new InsightsRows(
            "month, channel_id, channel, is_help, opened, answered, answered_share, resolved, avg_minutes_to_first_reply, "
            + "median_minutes_to_first_reply, avg_minutes_to_resolution, median_minutes_to_resolution");
        foreach (var group in Lives.GroupBy(life => (Month: new DateTime(life.Row.CreatedAt.Year, life.Row.CreatedAt.Month, 1), life.Parent)))
        {
            rows.Add([group.Key.Month, group.Key.Parent.Id, group.Key.Parent.Name, group.Key.Parent.Type == "forum", .. Figures([.. group])]);
        }

        return rows;
    }

    public InsightsRows ThreadsByPeriod(DateTime? since, DateTime? until, string zone, string step, ulong? channel, bool onlyHelp)
    {
        var rows = new InsightsRows(
            "starts_at, period, opened, answered, answered_share, resolved, avg_minutes_to_first_reply, median_minutes_to_first_reply, "
            + "avg_minutes_to_resolution, median_minutes_to_resolution");
        var created = Created(since, until, channel, onlyHelp).ToLookup(life =>
            PeriodOf(step == "hour" ? Hour(life.Row.CreatedAt) : life.Row.CreatedAt, zone, step));
        var first = Lives.Min(life => life.Row.CreatedAt);
        foreach (var (period, startsAt, _) in Periods(since ?? first, until ?? _now, zone, step))
        {
            rows.Add([startsAt, period.Local, .. Figures([.. created[period]])]);
        }

        return rows;
    }

    private static object?[] Figures(List<ThreadLife> lives)
    {
        var answered = lives.Count(life => life.Replies > 0);

        // Of the minutes as each thread shows them.
        var replies = lives.Select(life => Minutes(life.Row.CreatedAt, life.FirstReply)).OfType<decimal>().ToList();
        var resolutions = lives.Select(life => Minutes(life.Row.CreatedAt, life.Resolved)).OfType<decimal>().ToList();

        return
        [
            (long)lives.Count, (long)answered, lives.Count == 0 ? null : Round(answered / (decimal)lives.Count, 4),
            (long)lives.Count(life => life.Resolved is not null), Mean(replies), Median(replies), Mean(resolutions), Median(resolutions),
        ];
    }

    private static decimal? Mean(List<decimal> values) => values.Count == 0 ? null : Round(values.Average(), 1);

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    private static decimal? Median(List<decimal> values)
    {
        var sorted = values.Order().ToList();

        return sorted.Count == 0 ? null : Round((sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2, 1);
    }

    private IEnumerable<ThreadLife> Created(DateTime? since, DateTime? until, ulong? channel, bool onlyHelp) => Lives.Where(life =>
        (since is null || life.Row.CreatedAt >= since) && (until is null || life.Row.CreatedAt < until)
        && (channel is null || life.Parent.Id == channel) && (!onlyHelp || life.IsHelp));

    private List<ThreadLife> MakeLives()
    {
        var inThreads = _messages.Where(message => message is { ThreadId: not null, IsDeleted: false }).ToLookup(message => message.ThreadId!.Value);

        return [.. _seed.Threads.Select(row =>
        {
            var there = inThreads[row.Id].ToList();
            var replies = there.Where(message => message.AuthorId != row.OwnerId).ToList();
            DateTime? last = there.Count == 0 ? null : there.Max(message => message.CreatedAt);
            DateTime? resolved = null;
            if (row is { IsArchived: true, IsDeleted: false })
            {
                // Idle for as long as Discord waits: nobody resolved it then, but when the last message was written.
                var idleFrom = last ?? row.CreatedAt;
                resolved = row.ArchivedAt - idleFrom >= TimeSpan.FromMinutes(row.AutoArchiveMinutes) ? idleFrom : row.ArchivedAt;
            }

            return new ThreadLife(
                row, _channels[row.ParentId], there.Count, replies.Count,
                replies.Count == 0 ? null : replies.Min(message => message.CreatedAt), last, resolved);
        })];
    }

    private sealed record ThreadLife(
        SeedThread Row, SeedChannel Parent, int Messages, int Replies, DateTime? FirstReply, DateTime? Last, DateTime? Resolved)
    {
        public bool IsHelp => Parent.Type == "forum";
    }
}
