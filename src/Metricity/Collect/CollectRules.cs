using Metricity.Events;

namespace Metricity.Collect;

/// <summary>What the settings say of one guild (<c>Guilds:N</c>) and of what to collect.</summary>
internal sealed record CollectRules(
    Snowflake GuildId,
    IReadOnlySet<Snowflake> StaffCategories,
    IReadOnlySet<Snowflake> StaffChannels,
    IReadOnlySet<Snowflake> IgnoreCategories,
    bool CollectBots)
{
    public bool IsStaff(Snowflake channelId, Snowflake? categoryId) =>
        StaffChannels.Contains(channelId) || (categoryId is { } category && StaffCategories.Contains(category));

    public bool IsIgnored(Snowflake? categoryId) => categoryId is { } category && IgnoreCategories.Contains(category);
}
