using System.Text.Json;
using Metricity.Events;
using Metricity.Gateway;

namespace Metricity.Rest;

/// <summary>Readers of what REST answers; users, members and messages are read as those of the gateway.</summary>
internal static class RestReaders
{
    private static readonly TimeSpan MaxResetAfter = TimeSpan.FromDays(2);

    /// <summary>An array, with the count of its elements beside those that could be read.</summary>
    public static RestPage<T> ReadPage<T>(ref Utf8JsonReader reader, ReaderContext context, string field, ValueReader<T> readElement)
    {
        var received = 0;
        var items = reader.ReadList(context, field, (ref Utf8JsonReader element, ReaderContext inner) =>
        {
            received++;

            return readElement(ref element, inner);
        });

        return new(items, received);
    }

    public static GatewayBot ReadGatewayBot(ref Utf8JsonReader reader, ReaderContext context)
    {
        var bot = reader.ReadObject(RestJson.Default.GatewayBotPayload, "gateway");
        var limit = bot.SessionStartLimit ?? throw new MalformedPayloadException("gateway.session_start_limit");
        var resetAfter = limit.ResetAfter ?? throw new MalformedPayloadException("session_start_limit.reset_after");

        return new(
            Uri.TryCreate(bot.Url, UriKind.Absolute, out var url) && url.Scheme is "ws" or "wss"
                ? url
                : throw new MalformedPayloadException("gateway.url"),
            new(
                limit.Total ?? throw new MalformedPayloadException("session_start_limit.total"),
                limit.Remaining ?? throw new MalformedPayloadException("session_start_limit.remaining"),
                TimeSpan.FromMilliseconds(Math.Clamp(resetAfter, 0, (long)MaxResetAfter.TotalMilliseconds)),
                Math.Max(limit.MaxConcurrency ?? 1, 1)));
    }

    public static CurrentApplication ReadApplication(ref Utf8JsonReader reader, ReaderContext context)
    {
        var application = reader.ReadObject(RestJson.Default.ApplicationPayload, "application");

        return new(application.Id ?? throw new MalformedPayloadException("application.id"), application.Flags ?? 0);
    }

    /// <summary>Of a slash command (docs, "Application Commands: Application Command Object").</summary>
    public static Snowflake ReadCommandId(ref Utf8JsonReader reader, ReaderContext context) =>
        reader.ReadObject(PayloadJson.Default.IdPayload, "command").Id ?? throw new MalformedPayloadException("command.id");

    public static GuildInfo ReadGuild(ref Utf8JsonReader reader, ReaderContext context)
    {
        var guild = reader.ReadObject(RestJson.Default.RestGuildPayload, "guild");

        return new(
            guild.Id ?? throw new MalformedPayloadException("guild.id"),
            guild.OwnerId ?? throw new MalformedPayloadException("guild.owner_id"),
            guild.ApproximateMemberCount,
            guild.Roles?.To(context, ToRole) ?? throw new MalformedPayloadException("guild.roles"));
    }

    public static Role ReadRole(ref Utf8JsonReader reader, ReaderContext context) =>
        ToRole(reader.ReadObject(RestJson.Default.RestRolePayload, "role"));

    public static RestChannel ReadChannel(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var facts = ChannelReader.ToChannel(ChannelReader.Read(ref reader));
        var overwrites = again.ReadObject(RestJson.Default.OverwritesPayload, "channel").PermissionOverwrites;

        return new(facts, overwrites?.To(context, ToOverwrite) ?? []);
    }

    public static ChannelOrThread ReadChannelOrThread(ref Utf8JsonReader reader, ReaderContext context)
    {
        var channel = ChannelReader.Read(ref reader);

        return ChannelReader.TypeOf(channel).IsThread
            ? new(channel.GuildId, Channel: null, ChannelReader.ToThread(channel, context))
            : new(channel.GuildId, ChannelReader.ToChannel(channel), Thread: null);
    }

    public static RestMember ReadMember(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var user = MemberReader.Read(ref reader, context);
        var member = again.ReadObject(RestJson.Default.MemberRolesPayload, "member");

        return new(user, member.Roles?.To(context, id => id) ?? [], member.CommunicationDisabledUntil);
    }

    public static ThreadPage ReadThreadPage(ref Utf8JsonReader reader, ReaderContext context)
    {
        var page = reader.ReadObject(RestJson.Default.ThreadPagePayload, "page");

        return new(
            page.Threads?.To(context, thread => ChannelReader.ToThread(thread, context))
                ?? throw new MalformedPayloadException("page.threads"),
            page.HasMore ?? false);
    }

    private static Role ToRole(RestRolePayload role) => new(
        role.Id ?? throw new MalformedPayloadException("role.id"),
        role.Permissions ?? throw new MalformedPayloadException("role.permissions"));

    private static Overwrite ToOverwrite(OverwritePayload overwrite) => new(
        overwrite.Id ?? throw new MalformedPayloadException("overwrite.id"),
        overwrite.Type is 0 or 1 ? overwrite.Type is 1 : throw new MalformedPayloadException("overwrite.type"),
        overwrite.Allow ?? throw new MalformedPayloadException("overwrite.allow"),
        overwrite.Deny ?? throw new MalformedPayloadException("overwrite.deny"));
}
