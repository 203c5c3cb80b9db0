namespace Metricity.DiscordSimulator.Seed;

/// <summary>What kind of message a draft becomes.</summary>
internal enum DraftKind : byte
{
    Plain,
    Reply,

    /// <summary>The first one of a forum post: its id is the thread's.</summary>
    Starter,

    /// <summary>Mostly deleted within the hour.</summary>
    Spam,
}

/// <summary>A message before it has its id and its fate.</summary>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Author">Index of the member.</param>
/// <param name="Channel">Index of the channel, or of the thread's parent.</param>
/// <param name="Thread">Index of the thread; -1 outside.</param>
internal readonly record struct SeedDraft(long At, int Author, int Channel, int Thread, DraftKind Kind);
