using Metricity.Events;

namespace Metricity.Ingest;

/// <summary>Sees every event in order before it is queued. The guild sync is one: a live event wins over an older list.</summary>
internal interface IEventTap
{
    /// <summary>Gives the event to queue in place of <paramref name="event"/>, and one to queue right after it, if any.</summary>
    DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then);

    /// <summary>Events before the one that is passed next are lost, in the middle of a session.</summary>
    void NoteMissing()
    {
    }
}
