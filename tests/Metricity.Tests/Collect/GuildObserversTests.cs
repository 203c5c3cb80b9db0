using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tests.Collect;

public sealed class GuildObserversTests
{
    [Fact]
    public void Event_of_a_guild_is_shown_to_its_observer_alone_and_any_other_to_all()
    {
        var here = new Observer();
        var elsewhere = new Observer();
        var observers = new GuildObservers(new Dictionary<Snowflake, IEventObserver>
        {
            [Some.GuildId] = here,
            [Some.Id(7)] = elsewhere,
        });

        observers.See(new GuildUnavailable(Some.GuildId));
        observers.See(new SessionResumed());

        Assert.Equal([new GuildUnavailable(Some.GuildId), new SessionResumed()], here.Seen);
        Assert.Equal([new SessionResumed()], elsewhere.Seen);
    }

    private sealed class Observer : IEventObserver
    {
        public List<DiscordEvent> Seen { get; } = [];

        public void See(DiscordEvent @event) => Seen.Add(@event);
    }
}
