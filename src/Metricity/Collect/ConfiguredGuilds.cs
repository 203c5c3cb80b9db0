using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// Compares the settings with the guilds that a new session lists (READY lists every guild of the bot, before any of them is sent). A wrong
/// id would otherwise collect nothing, without a word.
/// </summary>
/// <param name="guilds">Those of this shard, for a session lists only these, each with its index in <c>Guilds</c>.</param>
internal sealed partial class ConfiguredGuilds(
    IReadOnlyDictionary<Snowflake, int> guilds, ILogger<ConfiguredGuilds> logger) : IEventObserver
{
    /// <summary>Configured guilds that the newest session did not list.</summary>
    public IReadOnlyList<Snowflake> Hidden { get; private set; } = [];

    /// <exception cref="StopException">The bot is in none of the guilds.</exception>
    public void See(DiscordEvent @event)
    {
        if (@event is SessionStarted started)
        {
            Check(started.GuildIds.ToHashSet());
        }
    }

    private void Check(HashSet<Snowflake> visible)
    {
        Hidden = [.. guilds.Keys.Where(guild => !visible.Contains(guild))];
        if (Hidden.Count == guilds.Count)
        {
            throw new StopException(ExitCode.Discord, string.Join(Environment.NewLine, Hidden.Select(guild =>
                $"The bot is not in guild {guild} (Guilds:{guilds[guild]}:Id): correct the id, or invite the bot to the guild.")));
        }

        foreach (var guild in Hidden)
        {
            LogHidden(guild, guilds[guild]);
        }
    }

    [LoggerMessage(LogEvents.Collect.GuildNotVisible, LogLevel.Error,
        "The bot is not in guild {GuildId} (Guilds:{Index}:Id), so nothing of it is collected: correct the id, or invite the bot to the guild")]
    private partial void LogHidden(Snowflake guildId, int index);
}
