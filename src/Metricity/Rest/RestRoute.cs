using Metricity.Events;

namespace Metricity.Rest;

/// <summary>One GET request: its template for limits, counters and logs, and its path below the base URL.</summary>
/// <param name="Template">From a closed set, without ids.</param>
/// <param name="Major">
/// The channel or guild id that Discord counts limits apart by ("top-level resource"; docs, "Rate Limits"); none for the rest.
/// </param>
/// <param name="Path">Relative, with the query.</param>
internal readonly record struct RestRoute(string Template, Snowflake Major, string Path)
{
    public static readonly RestRoute GatewayBot = new("/gateway/bot", default, "gateway/bot");

    public static readonly RestRoute CurrentUser = new("/users/@me", default, "users/@me");

    public static readonly RestRoute CurrentApplication = new("/applications/@me", default, "applications/@me");

    public static RestRoute Guild(Snowflake guild) => new("/guilds/{guild}", guild, $"guilds/{guild}?with_counts=true");

    public static RestRoute Commands(Snowflake application, Snowflake guild) =>
        new("/applications/{application}/guilds/{guild}/commands", guild, $"applications/{application}/guilds/{guild}/commands");

    public static RestRoute Roles(Snowflake guild) => new("/guilds/{guild}/roles", guild, $"guilds/{guild}/roles");

    public static RestRoute Channels(Snowflake guild) => new("/guilds/{guild}/channels", guild, $"guilds/{guild}/channels");

    public static RestRoute Members(Snowflake guild, Snowflake after, int limit) =>
        new("/guilds/{guild}/members", guild, $"guilds/{guild}/members?limit={limit}&after={after}");

    public static RestRoute Member(Snowflake guild, Snowflake user) =>
        new("/guilds/{guild}/members/{user}", guild, $"guilds/{guild}/members/{user}");

    public static RestRoute ActiveThreads(Snowflake guild) =>
        new("/guilds/{guild}/threads/active", guild, $"guilds/{guild}/threads/active");

    public static RestRoute Channel(Snowflake channel) => new("/channels/{channel}", channel, $"channels/{channel}");

    public static RestRoute Messages(Snowflake channel, string query) =>
        new("/channels/{channel}/messages", channel, $"channels/{channel}/messages?{query}");

    public static RestRoute PublicArchivedThreads(Snowflake channel, string query) =>
        new("/channels/{channel}/threads/archived/public", channel, $"channels/{channel}/threads/archived/public?{query}");

    public static RestRoute PrivateArchivedThreads(Snowflake channel, string query) =>
        new("/channels/{channel}/threads/archived/private", channel, $"channels/{channel}/threads/archived/private?{query}");

    public static RestRoute JoinedArchivedThreads(Snowflake channel, string query) =>
        new("/channels/{channel}/users/@me/threads/archived/private", channel,
            $"channels/{channel}/users/@me/threads/archived/private?{query}");
}
