using Metricity.Events;
using Metricity.Gateway;

namespace Metricity.Ingest;

/// <summary>An event on its way to the database.</summary>
/// <param name="Event">Null for a dispatch that changes nothing: its sequence counts all the same.</param>
/// <param name="Session">Null for an event that came over REST and so has no place in the log.</param>
/// <param name="ReceivedAt">UTC; stands in for the time that Discord does not send with deletes and leaves.</param>
internal readonly record struct QueuedEvent(DiscordEvent? Event, GatewaySession? Session, long Sequence, DateTime ReceivedAt)
{
    public int Weight => Event?.Weight ?? 64;
}
