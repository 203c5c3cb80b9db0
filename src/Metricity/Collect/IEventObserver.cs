using Metricity.Events;

namespace Metricity.Collect;

/// <summary>Sees the gateway's events, each before it is queued. Called by the reader, one event after the other: must not wait.</summary>
internal interface IEventObserver
{
    void See(DiscordEvent @event);
}

/// <summary>Shows an event of a guild to that guild's observer, and what concerns every guild to all of them.</summary>
internal sealed class GuildObservers(IReadOnlyDictionary<Snowflake, IEventObserver> guilds) : IEventObserver
{
    public void See(DiscordEvent @event)
    {
        if (@event is GuildEvent guildEvent)
        {
            guilds[guildEvent.GuildId].See(@event);

            return;
        }

        foreach (var observer in guilds.Values)
        {
            observer.See(@event);
        }
    }
}
