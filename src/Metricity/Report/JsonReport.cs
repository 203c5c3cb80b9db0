using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Metricity.Report;

/// <summary>
/// The report for machines. Ids are strings (64 bits are more than a JSON number safely holds), times UTC in ISO 8601, shares 0 to 1,
/// durations minutes, names as users typed them. Null = not known.
/// </summary>
internal static class JsonReport
{
    /// <summary>Rises when a field changes its meaning or goes.</summary>
    public const int Version = 1;

    public static string Render(GuildReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            Write(json, report);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, GuildReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        Text(json, "guild_id", report.GuildId.Length > 0 ? report.GuildId : null);
        json.WriteString("schema", report.Schema);
        json.WriteString("zone", report.Zone);
        json.WriteNumber("days", report.Days);
        Time(json, "since", report.Since);
        Time(json, "until", report.Until);

        json.WriteStartObject("overview");
        Figures(json, "period", report.Now);
        Figures(json, "period_before", report.Before);
        json.WriteEndObject();

        json.WriteString("step", Words.Noun(report.Step));
        Array(json, "activity", report.Activity, point => Point(json, point));
        Array(json, "channels", report.Channels, channel => Channel(json, channel));
        Array(json, "channel_activity", report.ChannelSeries, series =>
        {
            json.WriteString("channel_id", series.Id);
            json.WriteString("channel", series.Name);
            Array(json, "activity", series.Points, point => Point(json, point));
        });
        Help(json, report);
        Array(json, "hours_of_day", report.Hours, hour =>
        {
            json.WriteNumber("hour_of_day", hour.Hour);
            Averages(json, hour.Messages, hour.ActiveUsers, hour.Hours);
        });
        Array(json, "week_pattern", report.Week, hour =>
        {
            json.WriteNumber("day_of_week", hour.Day);
            json.WriteNumber("hour_of_day", hour.Hour);
            Averages(json, hour.Messages, hour.ActiveUsers, hour.Hours);
        });
        Members(json, report);
        Newcomers(json, report.Newcomers);
        Array(json, "quiet_channels", report.Quiet, channel =>
        {
            json.WriteString("channel_id", channel.Id);
            json.WriteString("channel", channel.Name);
            Text(json, "category", channel.Category);
            json.WriteNumber("messages_30d", channel.Messages);
            json.WriteNumber("users_30d", channel.Users);
            Time(json, "last_active", channel.LastActive);
            Number(json, "days_quiet", channel.DaysQuiet);
            Number(json, "covered_30d", channel.Covered);
        });
        json.WriteNumber("gap_count", report.GapCount);
        Array(json, "gaps", report.Gaps, gap =>
        {
            Time(json, "started_at", gap.Start);
            Time(json, "ended_at", gap.End);
            json.WriteBoolean("goes_on", gap.GoesOn);
            Text(json, "channel_id", gap.ChannelId);
            Text(json, "channel", gap.Channel);
            json.WriteString("status", gap.Status);
            Text(json, "reason", gap.Reason);
            json.WriteNumber("messages_fetched", gap.MessagesFetched);
        });
        json.WriteEndObject();
    }

    private static void Figures(Utf8JsonWriter json, string name, PeriodFigures figures)
    {
        json.WriteStartObject(name);
        Number(json, "messages", figures.Messages);
        Number(json, "deleted_messages", figures.DeletedMessages);
        Number(json, "active_users", figures.ActiveUsers);
        Number(json, "active_users_a_day", figures.ActiveUsersADay);
        Number(json, "members", figures.Members);
        Number(json, "joins", figures.Joins);
        Number(json, "leaves", figures.Leaves);
        Number(json, "covered", figures.Covered);
        Number(json, "in_ledger", figures.Ledgered);
        json.WriteEndObject();
    }

    private static void Point(Utf8JsonWriter json, ActivityPoint point)
    {
        Time(json, "starts_at", point.Start);
        Number(json, "messages", point.Messages);
        Number(json, "deleted_messages", point.DeletedMessages);
        Number(json, "active_users", point.ActiveUsers);
        Number(json, "covered", point.Covered);
    }

    private static void Channel(Utf8JsonWriter json, ChannelRow channel)
    {
        json.WriteString("channel_id", channel.Id);
        json.WriteString("channel", channel.Name);
        Text(json, "category", channel.Category);
        Text(json, "type", channel.Type);
        json.WriteBoolean("is_staff", channel.IsStaff);
        json.WriteBoolean("is_deleted", channel.IsDeleted);
        json.WriteNumber("messages", channel.Messages);
        json.WriteNumber("deleted_messages", channel.DeletedMessages);
        json.WriteNumber("in_threads", channel.InThreads);
        json.WriteNumber("users", channel.Users);
        Time(json, "last_active", channel.LastActive);
    }

    private static void Help(Utf8JsonWriter json, GuildReport report)
    {
        json.WriteStartObject("help_threads");
        json.WriteNumber("opened", report.Help.Opened);
        json.WriteNumber("answered", report.Help.Answered);
        json.WriteNumber("resolved", report.Help.Resolved);
        Number(json, "median_minutes_to_first_reply", report.Help.MinutesToFirstReply);
        Number(json, "median_minutes_to_resolution", report.Help.MinutesToResolution);
        json.WriteString("step", Words.Noun(report.HelpStep));
        Array(json, "by_step", report.HelpPoints, point =>
        {
            Time(json, "starts_at", point.Start);
            Number(json, "opened", point.Opened);
            Number(json, "answered", point.Answered);
            Number(json, "resolved", point.Resolved);
            Number(json, "median_minutes_to_first_reply", point.MinutesToFirstReply);
            Number(json, "median_minutes_to_resolution", point.MinutesToResolution);
            Number(json, "covered", point.Covered);
        });
        json.WriteEndObject();
    }

    private static void Members(Utf8JsonWriter json, GuildReport report)
    {
        Array(json, "joins_and_leaves", report.Members, point =>
        {
            Time(json, "starts_at", point.Start);
            Number(json, "joins", point.Joins);
            Number(json, "leaves", point.Leaves);
            Number(json, "inferred", point.Inferred);
            Number(json, "members", point.Members);
            Number(json, "covered", point.Covered);
        });
        Array(json, "retention", report.Retention, month =>
        {
            json.WriteString("month", month.Month.ToString("yyyy-MM", CultureInfo.InvariantCulture));
            json.WriteNumber("newcomers", month.Newcomers);
            json.WriteNumber("still_here", month.StillHere);
            Number(json, "stayed_1_day", month.Stayed1Day);
            Number(json, "stayed_7_days", month.Stayed7Days);
            Number(json, "stayed_30_days", month.Stayed30Days);
            Number(json, "stayed_90_days", month.Stayed90Days);
            Number(json, "wrote_within_7_days", month.WroteWithin7Days);
        });
    }

    private static void Newcomers(Utf8JsonWriter json, NewcomerFigures newcomers)
    {
        json.WriteStartObject("newcomers");
        json.WriteNumber("days", newcomers.Days);
        json.WriteNumber("total", newcomers.Total);
        json.WriteNumber("least_score", NewcomerFigures.MinScore);
        json.WriteNumber("suspects", newcomers.Suspects);
        Array(json, "listed", newcomers.Rows, user =>
        {
            json.WriteString("member_id", user.Id);
            json.WriteString("member", user.Name);
            json.WriteBoolean("is_bot", user.IsBot);
            json.WriteBoolean("in_guild", user.InGuild);
            Time(json, "joined_at", user.Joined);
            Number(json, "account_age_days", user.AccountAgeDays);
            json.WriteNumber("messages", user.Messages);
            json.WriteNumber("deleted_messages", user.DeletedMessages);
            json.WriteNumber("channels", user.Channels);
            json.WriteNumber("score", user.Score);
            json.WriteString("reasons", user.Reasons);
        });
        json.WriteEndObject();
    }

    private static void Averages(Utf8JsonWriter json, double? messages, double? activeUsers, long hours)
    {
        Number(json, "messages", messages);
        Number(json, "active_users", activeUsers);
        json.WriteNumber("hours", hours);
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> rows, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            write(row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, value);
        }
    }

    private static void Time(Utf8JsonWriter json, string name, Moment? at) =>
        Text(json, name, at?.Utc.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, Math.Round(known, 4));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
