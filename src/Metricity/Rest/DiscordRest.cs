using System.Globalization;
using System.Text.Json;
using Metricity.Events;
using Metricity.Gateway;
using Microsoft.Extensions.Logging;

namespace Metricity.Rest;

/// <summary>
/// The endpoints of Discord's REST API that Metricity reads; what little it writes is in <see cref="InteractionRest"/>. Any thread may call. Every method waits as long as rate
/// limits ask, and throws <see cref="DiscordRestException"/>, <see cref="DiscordRefusedException"/> or
/// <see cref="DiscordUnavailableException"/>, besides cancellation. Lists leave out elements that cannot be read, and count them.
/// </summary>
internal sealed class DiscordRest
{
    private readonly RestTransport _transport;
    private readonly RestPriority _priority;

    public DiscordRest(HttpClient http, RestOptions options, TimeProvider time, ILogger<DiscordRest> log)
        : this(new RestTransport(http, options, time, log), RestPriority.Live)
    {
    }

    private DiscordRest(RestTransport transport, RestPriority priority)
    {
        _transport = transport;
        _priority = priority;
    }

    public RestStatus Status => _transport.Status;

    /// <summary>The same client, whose requests let those of this one go first.</summary>
    public DiscordRest InBackground => new(_transport, RestPriority.Background);

    /// <summary>To be asked before each IDENTIFY; not to be kept.</summary>
    public Task<GatewayBot> GetGatewayBotAsync(CancellationToken cancellationToken) =>
        GetAsync(RestRoute.GatewayBot, RestReaders.ReadGatewayBot, cancellationToken);

    /// <summary>The bot's own user.</summary>
    public Task<UserFacts> GetCurrentUserAsync(CancellationToken cancellationToken) =>
        GetAsync(RestRoute.CurrentUser, UserReader.Read, cancellationToken);

    public Task<CurrentApplication> GetCurrentApplicationAsync(CancellationToken cancellationToken) =>
        GetAsync(RestRoute.CurrentApplication, RestReaders.ReadApplication, cancellationToken);

    public Task<GuildInfo> GetGuildAsync(Snowflake guildId, CancellationToken cancellationToken) =>
        GetAsync(RestRoute.Guild(guildId), RestReaders.ReadGuild, cancellationToken);

    /// <summary>The ids of the application's slash commands in a guild. Without the scope <c>applications.commands</c> there it is refused (50001).</summary>
    public async Task<IReadOnlyList<Snowflake>> GetCommandsAsync(
        Snowflake applicationId, Snowflake guildId, CancellationToken cancellationToken) =>
        (await GetPageAsync(RestRoute.Commands(applicationId, guildId), "commands", RestReaders.ReadCommandId, cancellationToken)).Items;

    public async Task<IReadOnlyList<Role>> GetRolesAsync(Snowflake guildId, CancellationToken cancellationToken) =>
        (await GetPageAsync(RestRoute.Roles(guildId), "roles", RestReaders.ReadRole, cancellationToken)).Items;

    /// <summary>Channels and categories, without threads. What the bot may not view can be absent, so absence proves nothing.</summary>
    public async Task<IReadOnlyList<RestChannel>> GetChannelsAsync(Snowflake guildId, CancellationToken cancellationToken) =>
        (await GetPageAsync(RestRoute.Channels(guildId), "channels", RestReaders.ReadChannel, cancellationToken)).Items;

    /// <summary>Members by ascending user id. Needs the Server Members intent to be switched on in the portal.</summary>
    /// <param name="after">The highest user id of the page before; none for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    public Task<RestPage<UserFacts>> GetMembersAsync(Snowflake guildId, Snowflake after, int limit, CancellationToken cancellationToken) =>
        GetPageAsync(RestRoute.Members(guildId, after, Check(limit, 1, 1000)), "members", MemberReader.Read, cancellationToken);

    public Task<RestMember> GetMemberAsync(Snowflake guildId, Snowflake userId, CancellationToken cancellationToken) =>
        GetAsync(RestRoute.Member(guildId, userId), RestReaders.ReadMember, cancellationToken);

    /// <summary>All threads that are not archived and that the bot can see.</summary>
    public async Task<IReadOnlyList<ThreadFacts>> GetActiveThreadsAsync(Snowflake guildId, CancellationToken cancellationToken) =>
        (await GetAsync(RestRoute.ActiveThreads(guildId), ThreadReader.ReadPage, cancellationToken)).Threads;

    /// <summary>A channel, category or thread, archived ones included.</summary>
    public Task<ChannelOrThread> GetChannelAsync(Snowflake channelId, CancellationToken cancellationToken) =>
        GetAsync(RestRoute.Channel(channelId), RestReaders.ReadChannelOrThread, cancellationToken);

    /// <summary>
    /// The messages of a channel or thread right before an id, newest first. Without Read Message History the answer is an empty page,
    /// not an error: see <see cref="ChannelPermissions.CanReadHistory"/> before believing one.
    /// </summary>
    /// <param name="before">Need not exist; null = from the newest.</param>
    /// <param name="limit">1 to 100.</param>
    public Task<RestPage<MessageFacts>> GetMessagesBeforeAsync(
        Snowflake channelId, Snowflake? before, int limit, CancellationToken cancellationToken) =>
        GetMessagesAsync(channelId, "before", before, limit, cancellationToken);

    /// <summary>
    /// The messages of a channel or thread right after an id: the oldest of the newer ones, and those newest first. The next page comes
    /// after the highest id of this one. Empty pages: see <see cref="GetMessagesBeforeAsync"/>.
    /// </summary>
    /// <param name="after">Need not exist; none = from the first message on.</param>
    /// <param name="limit">1 to 100.</param>
    public Task<RestPage<MessageFacts>> GetMessagesAfterAsync(
        Snowflake channelId, Snowflake after, int limit, CancellationToken cancellationToken) =>
        GetMessagesAsync(channelId, "after", after, limit, cancellationToken);

    /// <summary>Archived public threads of a channel, those archived last first. Needs Read Message History.</summary>
    /// <param name="before">
    /// UTC; the archive time of the last thread of the page before, null for the first page. Threads archived at the same microsecond can
    /// fall between two pages: overlap them by one microsecond.
    /// </param>
    /// <param name="limit">2 to 100; Discord refuses 1.</param>
    public Task<ThreadPage> GetPublicArchivedThreadsAsync(
        Snowflake channelId, DateTime? before, int limit, CancellationToken cancellationToken) =>
        GetThreadsAsync(RestRoute.PublicArchivedThreads(channelId, Query(FormatTime(before), limit)), cancellationToken);

    /// <summary>As <see cref="GetPublicArchivedThreadsAsync"/>, for private threads. Needs Manage Threads as well.</summary>
    /// <inheritdoc cref="GetPublicArchivedThreadsAsync"/>
    public Task<ThreadPage> GetPrivateArchivedThreadsAsync(
        Snowflake channelId, DateTime? before, int limit, CancellationToken cancellationToken) =>
        GetThreadsAsync(RestRoute.PrivateArchivedThreads(channelId, Query(FormatTime(before), limit)), cancellationToken);

    /// <summary>Archived private threads that the bot is a member of, by descending id. Needs Read Message History.</summary>
    /// <param name="before">The lowest id of the page before; null for the first page.</param>
    /// <param name="limit">2 to 100; Discord refuses 1.</param>
    public Task<ThreadPage> GetJoinedArchivedThreadsAsync(
        Snowflake channelId, Snowflake? before, int limit, CancellationToken cancellationToken) =>
        GetThreadsAsync(RestRoute.JoinedArchivedThreads(channelId, Query(before?.ToString(), limit)), cancellationToken);

    private static int Check(int limit, int lowest, int highest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, lowest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, highest);

        return limit;
    }

    private static string Query(string? before, int limit) =>
        $"limit={Check(limit, 2, 100)}" + (before is null ? "" : $"&before={Uri.EscapeDataString(before)}");

    private static string? FormatTime(DateTime? utc) => utc?.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    private Task<RestPage<MessageFacts>> GetMessagesAsync(
        Snowflake channelId, string side, Snowflake? id, int limit, CancellationToken cancellationToken)
    {
        var query = $"limit={Check(limit, 1, 100)}" + (id is null ? "" : $"&{side}={id}");

        return GetPageAsync(RestRoute.Messages(channelId, query), "messages", MessageReader.Read, cancellationToken);
    }

    private Task<ThreadPage> GetThreadsAsync(RestRoute route, CancellationToken cancellationToken) =>
        GetAsync(route, ThreadReader.ReadPage, cancellationToken);

    private Task<RestPage<T>> GetPageAsync<T>(
        RestRoute route, string field, ValueReader<T> readElement, CancellationToken cancellationToken) =>
        GetAsync(
            route,
            (ref Utf8JsonReader reader, ReaderContext context) => RestReaders.ReadPage(ref reader, context, field, readElement),
            cancellationToken);

    private Task<T> GetAsync<T>(RestRoute route, ValueReader<T> read, CancellationToken cancellationToken) =>
        _transport.GetAsync(route, _priority, read, cancellationToken);
}
