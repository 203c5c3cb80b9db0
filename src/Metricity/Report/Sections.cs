namespace Metricity.Report;

/// <summary>
/// The questions in their order, with what each section answers and what it says when there is nothing: one wording for all media.
/// </summary>
internal static class Sections
{
    public static readonly Section Overview = new("overview", "The whole guild",
        "How lively the guild was, against as many days before.", "Nothing was written in this period.");

    public static readonly Section Channels = new("channels", "Channels",
        "How many messages each channel got, and from how many different users.", "No channel got a message in this period.");

    public static readonly Section Help = new("help", "Help threads",
        "How many help threads (posts in forum channels) were opened, how many got an answer from somebody else, and how fast.",
        "No help thread was opened in this period.");

    public static readonly Section Hours = new("hours", "Hours and weekdays",
        "When people write: averages of the hours of the day, and of the week.", "No hour of this period is known.");

    public static readonly Section Members = new("members", "Joins, leaves, retention",
        "Who came and went, and how many of each month's newcomers stayed.", "Nobody joined or left in this period.");

    public static readonly Section Newcomers = new("newcomers", "Newcomers that behave oddly",
        "Newcomers whose account or first hours look like spam. The score is a plain sum of the reasons given, 0 to 100; it accuses nobody.",
        "No newcomer stands out.");

    public static readonly Section Quiet = new("quiet", "Quiet channels",
        "Channels that hardly anybody uses: fewer than 10 messages in the last 30 days, whatever the period of this report.",
        "No channel is quiet: each got 10 or more messages in 30 days.");

    public static readonly Section Gaps = new("gaps", "What is not known",
        "Times that were not collected when they happened, by the coverage ledger. Healed ones were fetched afterwards.",
        "The ledger has no gap in this period.");

    public static IReadOnlyList<Section> All { get; } = [Overview, Channels, Help, Hours, Members, Newcomers, Quiet, Gaps];
}

/// <param name="Id">Anchor in the page.</param>
/// <param name="Answers">What it answers, one sentence.</param>
/// <param name="Nothing">In place of an empty table.</param>
internal sealed record Section(string Id, string Title, string Answers, string Nothing);
