using Metricity.Events;

namespace Metricity.Collect;

/// <summary>Sees the gateway's events, each before it is queued. Called by the reader, one event after the other: must not wait.</summary>
internal interface IEventObserver
{
    void See(DiscordEvent @event);
}

/// <summary>Shows an event of a guild to that guild's observers, and what concerns every guild to all of them.</summary>
internal sealed class GuildObservers(IReadOnlyDictionary<Snowflake, IReadOnlyList<IEventObserver>> guilds) : IEventObserver
{
    public void See(DiscordEvent @event)
    {
        if (@event is GuildEvent guildEvent)
        {
            Show(guilds[guildEvent.GuildId], @event);

            return;
        }

        foreach (var observers in guilds.Values)
        {
            Show(observers, @event);
        }
    }

    private static void Show(IReadOnlyList<IEventObserver> observers, DiscordEvent @event)
    {
        foreach (var observer in observers)
        {
            observer.See(@event);
        }
    }
}
