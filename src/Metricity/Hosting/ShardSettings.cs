using Metricity.Events;

namespace Metricity.Hosting;

/// <summary><c>Discord:ShardId</c> and <c>Discord:ShardCount</c>: the one shard of the bot that this process runs.</summary>
/// <param name="Id">From 0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">Shards of the bot, in all processes together.</param>
internal readonly record struct ShardSettings(int Id, int Count)
{
    /// <summary>No sharding: what a bot in fewer than 2,500 guilds needs.</summary>
    public static readonly ShardSettings Single = new(0, 1);

    /// <summary>Whether the events of a guild come to this shard's session (docs, "Sharding").</summary>
    public bool Has(Snowflake guildId) => ShardOf(guildId) == Id;

    public int ShardOf(Snowflake guildId) => (int)((guildId.Value >> 22) % (ulong)Count);
}
