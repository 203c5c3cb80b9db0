namespace Metricity.Collect;

/// <summary>The bot is in none of the configured guilds; the message is a sentence for each.</summary>
internal sealed class GuildNotVisibleException(string message) : Exception(message);
