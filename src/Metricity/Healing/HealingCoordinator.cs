using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Healing;

/// <summary>Runs the healing of every guild, and shows it the events on their way to the next tap.</summary>
internal sealed class HealingCoordinator(IReadOnlyDictionary<Snowflake, GuildHealing> guilds, IEventTap next) : IEventTap
{
    public DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then)
    {
        if (@event is GuildEvent guildEvent)
        {
            @event = guilds[guildEvent.GuildId].Pass(@event);
        }
        else if (@event is SessionStarted)
        {
            foreach (var guild in guilds.Values)
            {
                guild.Pass(@event);
            }
        }

        return next.Pass(@event, out then);
    }

    public void NoteMissing() => next.NoteMissing();

    /// <summary>To be called after commits that changed the ledger or compared the members.</summary>
    public void CoverageChanged()
    {
        foreach (var guild in guilds.Values)
        {
            guild.Wake();
        }
    }

    /// <summary>Runs until cancelled. When it ends, nothing of it runs on.</summary>
    public async Task RunAsync(EventIntake intake, CancellationToken cancellationToken)
    {
        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loops = guilds.Values.Select(guild => guild.RunAsync(intake.CommitAsync, running.Token)).ToList();

        await Task.WhenAny(loops);
        await running.CancelAsync();
        await Task.WhenAll(loops);
    }
}
