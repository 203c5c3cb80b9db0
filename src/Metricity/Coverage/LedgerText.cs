using System.Globalization;
using Metricity.Events;

namespace Metricity.Coverage;

/// <summary>How parts, states and cursors stand in the ledger's columns.</summary>
internal static class LedgerText
{
    public static string Of(StretchKind kind) => kind switch
    {
        StretchKind.Live => "live",
        StretchKind.Resumed => "resumed",
        _ => "gap",
    };

    public static StretchKind ReadKind(string? text) => Enum.GetValues<StretchKind>().First(kind => Of(kind) == text);

    /// <summary>The text of a part and of a state in the ledger.</summary>
    public static string Of(HistoryPart part) => part switch
    {
        HistoryPart.PublicThreads => "public_threads",
        HistoryPart.PrivateThreads => "private_threads",
        _ => "messages",
    };

    /// <inheritdoc cref="Of(HistoryPart)"/>
    public static string Of(HistoryState state) => state switch
    {
        HistoryState.Healed => "healed",
        HistoryState.Unreadable => "unreadable",
        HistoryState.Deleted => "deleted",
        _ => "open",
    };

    /// <inheritdoc cref="Of(HistoryPart)"/>
    public static string? Of(HistoryObstacle obstacle) => obstacle switch
    {
        HistoryObstacle.LacksViewChannel => "the bot lacks View Channel",
        HistoryObstacle.LacksReadMessageHistory => "the bot lacks Read Message History",
        HistoryObstacle.LacksConnect => "the bot lacks Connect",
        HistoryObstacle.Denied => "Discord denies the access",
        _ => null,
    };

    /// <summary>An id in digits, or a time.</summary>
    public static string? Of(HistoryCursor? cursor) =>
        cursor?.Id?.ToString() ?? cursor?.Time?.ToString("O", CultureInfo.InvariantCulture);

    public static HistoryCursor? ReadCursor(string? text) =>
        Snowflake.TryParse(text, out var id) ? new HistoryCursor(id, null)
            : DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
                ? new HistoryCursor(null, time)
                : null;
}
