using Metricity.Events;

namespace Metricity.Hosting;

/// <summary><c>Discord:ShardCount</c> and <c>Discord:Shards</c>.</summary>
/// <param name="Count">Shards of the bot, in all processes together.</param>
/// <param name="Own">Those that this process runs, ascending.</param>
internal sealed record ShardSettings(int Count, IReadOnlyList<int> Own)
{
    /// <summary>No sharding: what a bot in fewer than 2,500 guilds needs.</summary>
    public static readonly ShardSettings Single = new(1, [0]);

    /// <summary>The shard whose session gets a guild's events (docs, "Sharding").</summary>
    public int Of(Snowflake guildId) => (int)((guildId.Value >> 22) % (ulong)Count);
}
