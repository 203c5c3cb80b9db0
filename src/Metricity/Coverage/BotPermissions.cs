using Metricity.Events;
using Metricity.Rest;

namespace Metricity.Coverage;

/// <summary>
/// What the bot may read in a guild, computed from what Discord says now. An empty page of messages is believed only when an access that
/// was fetched after it says that it could have been full (docs, "Get Channel Messages": without Read Message History the answer is empty).
/// </summary>
internal sealed class BotPermissions
{
    private readonly GuildInfo _guild;
    private readonly RestMember _bot;
    private readonly Dictionary<Snowflake, RestChannel> _channels;
    private readonly DateTime _now;

    private BotPermissions(GuildInfo guild, RestMember bot, IReadOnlyList<RestChannel> channels, DateTime now)
    {
        _guild = guild;
        _bot = bot;
        _channels = channels.ToDictionary(channel => channel.Facts.Id);
        _now = now;
    }

    /// <summary>What Discord lists: hidden channels may be left out of it.</summary>
    public IEnumerable<ChannelFacts> Channels => _channels.Values.Select(channel => channel.Facts);

    public static async Task<BotPermissions> FetchAsync(
        DiscordRest rest, Snowflake guildId, Snowflake botId, TimeProvider time, CancellationToken cancellationToken)
    {
        var guild = await rest.GetGuildAsync(guildId, cancellationToken);
        var bot = await rest.GetMemberAsync(guildId, botId, cancellationToken);
        var channels = await rest.GetChannelsAsync(guildId, cancellationToken);

        return new BotPermissions(guild, bot, channels, time.GetUtcNow().UtcDateTime);
    }

    public bool Lists(Snowflake channelId) => _channels.ContainsKey(channelId);

    public bool CanView(Snowflake channelId) => ChannelPermissions.CanView(PermissionsIn(channelId));

    public bool CanManageThreads(Snowflake channelId) => ChannelPermissions.Has(PermissionsIn(channelId), ChannelPermissions.ManageThreads);

    /// <summary>Why the history of a channel (of a thread: of its parent) cannot be read.</summary>
    public HistoryObstacle ObstacleIn(Snowflake channelId)
    {
        var permissions = PermissionsIn(channelId);
        if (!ChannelPermissions.CanView(permissions))
        {
            return HistoryObstacle.LacksViewChannel;
        }

        return ChannelPermissions.CanReadHistory(permissions, _channels[channelId].Facts.Type) ? HistoryObstacle.None
            : ChannelPermissions.Has(permissions, ChannelPermissions.ReadMessageHistory) ? HistoryObstacle.LacksConnect
            : HistoryObstacle.LacksReadMessageHistory;
    }

    private ulong PermissionsIn(Snowflake channelId) => _channels.TryGetValue(channelId, out var channel) && !channel.Facts.IsHidden
        ? ChannelPermissions.Compute(_guild, _bot, channel.Overwrites, _now)
        : 0;
}
