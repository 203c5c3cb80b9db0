namespace Metricity.Report;

/// <summary>
/// The answers for one guild and one period, as the renderers take them: figures and names, no markup. A count that is null is not known
/// (nobody collected then); zero was counted. Names are as users typed them: a renderer must encode them for its medium.
/// </summary>
internal sealed record GuildReport
{
    /// <summary>Empty when the settings name no id for the schema.</summary>
    public required string GuildId { get; init; }

    public required string Schema { get; init; }

    /// <summary>IANA name of the zone that days, hours and local times are in.</summary>
    public required string Zone { get; init; }

    /// <summary>Local days in the period, the running one included.</summary>
    public required int Days { get; init; }

    public required ReportStep Step { get; init; }

    public required Moment Since { get; init; }

    public required Moment Until { get; init; }

    public required PeriodFigures Now { get; init; }

    /// <summary>As many days before, up to the same hour of the day.</summary>
    public required PeriodFigures Before { get; init; }

    public required IReadOnlyList<ActivityPoint> Activity { get; init; }

    /// <summary>Most messages first; only channels in use, or those asked for.</summary>
    public required IReadOnlyList<ChannelRow> Channels { get; init; }

    /// <summary>Whether the asker named the channels.</summary>
    public bool ChannelsAreChosen { get; init; }

    /// <summary>The same steps for each of the first channels.</summary>
    public required IReadOnlyList<ChannelSeries> ChannelSeries { get; init; }

    public required HelpFigures Help { get; init; }

    /// <summary>One each week; of short periods each day, of long ones each month.</summary>
    public required IReadOnlyList<HelpPoint> HelpPoints { get; init; }

    public required ReportStep HelpStep { get; init; }

    /// <summary>Hours 0 to 23 of the local day.</summary>
    public required IReadOnlyList<HourOfDay> Hours { get; init; }

    public required IReadOnlyList<HourOfWeek> Week { get; init; }

    public required IReadOnlyList<MemberPoint> Members { get; init; }

    /// <summary>Newest month first.</summary>
    public required IReadOnlyList<RetentionMonth> Retention { get; init; }

    public required NewcomerFigures Newcomers { get; init; }

    /// <summary>Quietest first; of the last 30 days, whatever the period.</summary>
    public required IReadOnlyList<QuietChannel> Quiet { get; init; }

    /// <summary>Newest first; those that touch the period.</summary>
    public required IReadOnlyList<LedgerGap> Gaps { get; init; }

    /// <summary>Gaps that touch the period; more than <see cref="Gaps"/> lists when there are very many.</summary>
    public required long GapCount { get; init; }
}
