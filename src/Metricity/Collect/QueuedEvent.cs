using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;

namespace Metricity.Collect;

/// <summary>An event on its way to the database.</summary>
/// <param name="Event">Null for a dispatch that changes nothing: its sequence counts all the same.</param>
/// <param name="Session">Null for an event that came over REST and so has no place in the log.</param>
/// <param name="ReceivedAt">UTC.</param>
/// <param name="Break">What lies between it and the event of the gateway before it.</param>
/// <param name="Trace">Null unless the event is one of those that are traced.</param>
/// <param name="Committed">Completed when its changes are committed; null when nobody waits for that.</param>
internal readonly record struct QueuedEvent(
    DiscordEvent? Event,
    GatewaySession? Session,
    long Sequence,
    DateTime ReceivedAt,
    LogBreak Break = LogBreak.None,
    TaskCompletionSource? Committed = null,
    EventTrace? Trace = null)
{
    /// <summary>UTC; about when Discord sent it first. Null at the beginning of a replay: nobody knows how old it is.</summary>
    public DateTime? SentAt { get; init; } = ReceivedAt;

    /// <summary>UTC; stands in for the time that Discord does not send with deletes and leaves.</summary>
    public DateTime At => SentAt ?? ReceivedAt;

    public int Weight => Event?.Weight ?? 64;
}
