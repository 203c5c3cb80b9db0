using Metricity.Events;
using Metricity.Hosting;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// Compares the settings with the guilds that a new session lists (READY lists every guild of the bot, before any of them is sent). A wrong
/// id would otherwise collect nothing, without a word.
/// </summary>
/// <param name="guilds">All of the settings.</param>
/// <param name="isOwn">Whether a guild belongs to this shard: a session lists only the guilds of its shard.</param>
internal sealed partial class GuildVisibility(
    IReadOnlyList<GuildSettings> guilds, Func<Snowflake, bool> isOwn, ILogger<GuildVisibility> logger) : IEventObserver
{
    /// <summary>Configured guilds that the newest session did not list.</summary>
    public IReadOnlyList<Snowflake> Hidden { get; private set; } = [];

    /// <exception cref="GuildNotVisibleException">The bot is in none of the guilds.</exception>
    public void See(DiscordEvent @event)
    {
        if (@event is SessionStarted started)
        {
            Check(started.GuildIds.ToHashSet());
        }
    }

    private void Check(HashSet<Snowflake> visible)
    {
        var hidden = guilds.Index().Where(guild => isOwn(guild.Item.Id) && !visible.Contains(guild.Item.Id)).ToList();
        Hidden = [.. hidden.Select(guild => guild.Item.Id)];
        if (hidden.Count == guilds.Count)
        {
            throw new GuildNotVisibleException(string.Join(Environment.NewLine, hidden.Select(guild =>
                $"The bot is not in guild {guild.Item.Id} (Guilds:{guild.Index}:Id): correct the id, or invite the bot to the guild.")));
        }

        foreach (var (index, guild) in hidden)
        {
            LogHidden(guild.Id, index);
        }
    }

    [LoggerMessage(LogEvents.Hosting.GuildNotVisible, LogLevel.Error,
        "The bot is not in guild {GuildId} (Guilds:{Index}:Id), so nothing of it is collected: correct the id, or invite the bot to the guild")]
    private partial void LogHidden(Snowflake guildId, int index);
}
