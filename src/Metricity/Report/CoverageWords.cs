namespace Metricity.Report;

/// <summary>Sentences on what was collected, so that a small figure is not taken for a quiet guild.</summary>
internal static class CoverageWords
{
    public const string NothingKnown = "Nothing of this period was collected, so nothing is known of it.";

    /// <summary>Of a period alone.</summary>
    public static string Explain(PeriodFigures figures) => figures switch
    {
        { Covered: null } => "The ledger begins after this period: how much of it was collected is not known.",
        { Ledgered: < 0.995 } => $"The ledger knows {Words.Percent(figures.Ledgered)} of this period, and of that "
            + $"{Words.Percent(figures.Covered)} was collected; what was before is not known.",
        _ => $"{Words.Percent(figures.Covered)} of this period was collected.",
    };

    /// <summary>Of a period and the one before, shortly.</summary>
    public static string Explain(PeriodFigures now, PeriodFigures before) => (now, before) switch
    {
        ({ Covered: null }, _) => "the ledger begins later",
        ({ Ledgered: < 0.995 }, _) => $"of the {Words.Percent(now.Ledgered)} that the ledger knows",
        (_, { Covered: null }) => "before: not known",
        _ => $"before: {Words.Percent(before.Covered * before.Ledgered)}",
    };

    /// <summary>Of the 30 days that quiet channels are judged by.</summary>
    public static string ExplainMonth(double? covered) => covered is null
        ? "How much of these 30 days was collected is not known, so a channel may be livelier than it looks."
        : $"Only {Words.Percent(covered)} of these 30 days was collected, so a channel may be livelier than it looks.";

    public static string ExplainInferred(long moves) =>
        $"{Words.Count(moves)} of the joins and leaves were found by comparing member lists: their time is a guess.";

    public static string Explain(NewcomerFigures newcomers) =>
        $"{Words.Plural(newcomers.Total, "user")} joined in the last {Words.Plural(newcomers.Days, "day")}; "
        + $"{Words.Count(newcomers.Suspects)} of them scored {NewcomerFigures.MinScore} or more.";
}
