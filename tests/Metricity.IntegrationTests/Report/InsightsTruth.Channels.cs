namespace Metricity.IntegrationTests.Report;

internal sealed partial class InsightsTruth
{
    public InsightsRows ChannelSummary()
    {
        var rows = new InsightsRows(
            "channel_id, channel, category, type, is_staff, is_deleted, messages, messages_30d, deleted_messages, in_threads, users, users_30d, "
            + "first_active, last_active, days_quiet");
        foreach (var channel in _seed.Channels)
        {
            var all = _messages.Where(message => message.ChannelId == channel.Id).ToList();
            var there = all.Where(message => !message.IsDeleted).ToList();
            var month = there.Where(message => message.CreatedAt >= MonthAgo).ToList();
            DateTime? last = there.Count == 0 ? null : Hour(there.Max(message => message.CreatedAt));
            rows.Add(
                channel.Id, channel.Name, CategoryOf(channel), channel.Type, channel.IsStaff, channel.IsDeleted,
                (long)there.Count, (long)month.Count, (long)(all.Count - there.Count),
                (long)there.Count(message => message.ThreadId is not null), (long)Distinct(there), (long)Distinct(month),
                there.Count == 0 ? null : Hour(there.Min(message => message.CreatedAt)), last, DaysSince(last));
        }

        return rows;
    }

    public InsightsRows QuietChannels()
    {
        var rows = new InsightsRows("channel_id, channel, category, messages_30d, users_30d, last_active, days_quiet, covered_30d");
        foreach (var channel in _seed.Channels.Where(channel =>
            channel is { IsStaff: false, IsDeleted: false, Type: "text" or "forum" or "news" }))
        {
            var there = _messages.Where(message => message.ChannelId == channel.Id && !message.IsDeleted).ToList();
            var month = there.Where(message => message.CreatedAt >= MonthAgo).ToList();
            if (month.Count < 10)
            {
                DateTime? last = there.Count == 0 ? null : Hour(there.Max(message => message.CreatedAt));
                rows.Add(
                    channel.Id, channel.Name, CategoryOf(channel), (long)month.Count, (long)Distinct(month), last, DaysSince(last),
                    Covered(Hours(MonthAgo, _now)));
            }
        }

        return rows;
    }

    public InsightsRows ChannelActivity(DateTime? since, DateTime? until)
    {
        var rows = new InsightsRows(
            "channel_id, channel, category, type, is_staff, is_deleted, messages, deleted_messages, in_threads, users, last_active");
        foreach (var channel in _seed.Channels)
        {
            var all = Between(since, until).Where(message => message.ChannelId == channel.Id).ToList();
            var there = all.Where(message => !message.IsDeleted).ToList();
            rows.Add(
                channel.Id, channel.Name, CategoryOf(channel), channel.Type, channel.IsStaff, channel.IsDeleted,
                (long)there.Count, (long)(all.Count - there.Count), (long)there.Count(message => message.ThreadId is not null),
                (long)Distinct(there), there.Count == 0 ? null : Hour(there.Max(message => message.CreatedAt)));
        }

        return rows;
    }

    public InsightsRows UserChannels(ulong member, DateTime? since)
    {
        var rows = new InsightsRows(
            "channel_id, channel, category, is_staff, is_deleted, messages, deleted_messages, share, last_active");
        var mine = Between(since, null).Where(message => message.AuthorId == member).ToList();
        var total = mine.Count(message => !message.IsDeleted);
        foreach (var group in mine.GroupBy(message => message.ChannelId))
        {
            var channel = _channels[group.Key];
            var there = group.Where(message => !message.IsDeleted).ToList();
            rows.Add(
                channel.Id, channel.Name, CategoryOf(channel), channel.IsStaff, channel.IsDeleted, (long)there.Count,
                (long)(group.Count() - there.Count), total == 0 ? null : Round(there.Count / (decimal)total, 4),
                there.Count == 0 ? null : Hour(there.Max(message => message.CreatedAt)));
        }

        return rows;
    }

    private int? DaysSince(DateTime? at) => at is { } time ? (int)Math.Floor((_now - time).TotalDays) : null;
}
