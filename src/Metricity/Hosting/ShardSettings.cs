using System.Globalization;
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

    /// <summary>Reads <c>Discord:Shards</c>: single shards and ranges, separated by commas; null = all. Wrong parts go to <paramref name="errors"/>.</summary>
    public static ShardSettings Read(int count, string? text, IReadOnlyList<GuildSettings> guilds, List<string> errors)
    {
        const string Key = "Discord:Shards";
        if (text is null)
        {
            return new ShardSettings(count, [.. Enumerable.Range(0, count)]);
        }

        var before = errors.Count;
        var own = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', 2, StringSplitOptions.TrimEntries);
            if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                && first <= last && last < count)
            {
                own.UnionWith(Enumerable.Range(first, last - first + 1));
            }
            else
            {
                errors.Add($"{Key}: '{part}' is no shard or range of shards from 0 to {count - 1} (Discord:ShardCount is {count}). "
                    + "Write them as in 0-3,7, or leave it out for all.");
            }
        }

        var settings = new ShardSettings(count, [.. own]);
        if (errors.Count == before && guilds.All(guild => !guild.Id.IsNone && !own.Contains(settings.Of(guild.Id))))
        {
            errors.Add($"{Key}: no guild in Guilds belongs to these shards, so there is nothing to collect. "
                + $"A guild's shard is (id >> 22) % {count}; yours are on {string.Join(", ", guilds.Select(guild => settings.Of(guild.Id)).Distinct().Order())}.");
        }

        return settings;
    }
}
