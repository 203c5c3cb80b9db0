namespace Metricity.Report;

/// <summary>Width of the steps on a time axis; local time.</summary>
internal enum ReportStep
{
    Hour,
    Day,
    Week,
    Month,
}

/// <summary>One moment: UTC for machines, the zone's local time for people.</summary>
internal readonly record struct Moment(DateTime Utc, DateTime Local);

/// <summary>The headline figures of a period.</summary>
/// <param name="Messages">Still there.</param>
/// <param name="DeletedMessages">Written in the period and deleted since.</param>
/// <param name="ActiveUsers">Distinct users that wrote.</param>
/// <param name="ActiveUsersADay">Average over the days that are known.</param>
/// <param name="Members">In the guild at the end of the period.</param>
/// <param name="Joins">Rejoins included.</param>
/// <param name="Covered">0 to 1, of the time that the ledger knows; null = the ledger begins later.</param>
/// <param name="Ledgered">0 to 1, share of the period that the ledger knows.</param>
internal sealed record PeriodFigures(
    long? Messages,
    long? DeletedMessages,
    long? ActiveUsers,
    double? ActiveUsersADay,
    long? Members,
    long? Joins,
    long? Leaves,
    double? Covered,
    double Ledgered)
{
    /// <summary>
    /// Less collected than this, and a comparison would say more of the collector than of the guild. Leaves room for restarts and for the
    /// newest minutes of a silent guild.
    /// </summary>
    private const double Enough = 0.95;

    public bool IsComparable => Covered >= Enough && Ledgered >= Enough;
}

/// <summary>One step of the guild's activity.</summary>
/// <param name="Covered">0 to 1; null = before the ledger begins.</param>
internal sealed record ActivityPoint(Moment Start, long? Messages, long? DeletedMessages, long? ActiveUsers, double? Covered);

/// <summary>A channel's share in the period.</summary>
/// <param name="Type">As the table spells it, such as text or forum; null for channels of the Python program.</param>
/// <param name="InThreads">Of <paramref name="Messages"/>, those in threads.</param>
/// <param name="Users">Distinct users that wrote in it.</param>
internal sealed record ChannelRow(
    string Id,
    string Name,
    string? Category,
    string? Type,
    bool IsStaff,
    bool IsDeleted,
    long Messages,
    long DeletedMessages,
    long InThreads,
    long Users,
    Moment? LastActive);

internal sealed record ChannelSeries(string Id, string Name, IReadOnlyList<ActivityPoint> Points);

/// <summary>Help threads (those below a forum channel) opened in the period. Minutes are medians; null = there is none to count.</summary>
/// <param name="Answered">Somebody other than the opener wrote in them.</param>
internal sealed record HelpFigures(
    long Opened, long Answered, long Resolved, double? MinutesToFirstReply, double? MinutesToResolution);

/// <summary>Help threads opened in one step.</summary>
/// <param name="Covered">0 to 1, how much of the step was collected; null = before the ledger begins.</param>
internal sealed record HelpPoint(
    Moment Start,
    long? Opened,
    long? Answered,
    long? Resolved,
    double? MinutesToFirstReply,
    double? MinutesToResolution,
    double? Covered);

/// <summary>Averages of one hour of the local day.</summary>
/// <param name="Hours">How many hours the averages are of; 0 = not known.</param>
internal sealed record HourOfDay(int Hour, double? Messages, double? ActiveUsers, long Hours);

/// <param name="Day">1 = Monday to 7 = Sunday.</param>
/// <param name="Hours">How many hours the averages are of; 0 = not known.</param>
internal sealed record HourOfWeek(int Day, int Hour, double? Messages, double? ActiveUsers, long Hours);

/// <param name="Joins">Rejoins included.</param>
/// <param name="Inferred">How many of them were found by comparing member lists, so that their time is a guess.</param>
/// <param name="Members">In the guild at the end of the step.</param>
internal sealed record MemberPoint(Moment Start, long? Joins, long? Leaves, long? Inferred, long? Members, double? Covered);

/// <summary>Those who joined for the first time in a month (UTC). Counts; null = the youngest of them had not the time yet.</summary>
internal sealed record RetentionMonth(
    DateOnly Month,
    long Newcomers,
    long StillHere,
    long? Stayed1Day,
    long? Stayed7Days,
    long? Stayed30Days,
    long? Stayed90Days,
    long? WroteWithin7Days);

/// <param name="Days">How far back newcomers were looked at.</param>
/// <param name="Total">Everybody who joined in these days.</param>
/// <param name="Suspects">Those whose score is at least <see cref="MinScore"/>.</param>
/// <param name="Rows">The first of them, highest score first.</param>
internal sealed record NewcomerFigures(int Days, long Total, long Suspects, IReadOnlyList<Newcomer> Rows)
{
    /// <summary>One strong reason or two weak ones; a young account alone (15) is ordinary.</summary>
    public const int MinScore = 25;
}

/// <param name="Score">0 to 100.</param>
/// <param name="Reasons">Plain words, from the database.</param>
/// <param name="AccountAgeDays">At joining.</param>
internal sealed record Newcomer(
    string Id,
    string Name,
    bool IsBot,
    bool InGuild,
    Moment Joined,
    double? AccountAgeDays,
    long Messages,
    long DeletedMessages,
    long Channels,
    int Score,
    string Reasons);

/// <param name="LastActive">Null = nobody ever wrote in it.</param>
/// <param name="Covered">0 to 1, of the last 30 days; null = before the ledger begins.</param>
internal sealed record QuietChannel(
    string Id, string Name, string? Category, long Messages, long Users, Moment? LastActive, int? DaysQuiet, double? Covered);

/// <param name="Channel">Null = the whole guild.</param>
internal sealed record LedgerGap(
    Moment Start, Moment End, bool GoesOn, string? ChannelId, string? Channel, string Status, string? Reason, long MessagesFetched);
