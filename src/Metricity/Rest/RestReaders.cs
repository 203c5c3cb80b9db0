using System.Buffers.Text;
using System.Text.Json;
using Metricity.Events;
using Metricity.Gateway;

namespace Metricity.Rest;

/// <summary>Readers of the objects that only REST sends; those that the gateway sends too are read by the Events stage.</summary>
internal static class RestReaders
{
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

    /// <summary>Docs, "Gateway: Get Gateway Bot".</summary>
    public static GatewayBot ReadGatewayBot(ref Utf8JsonReader reader, ReaderContext context)
    {
        Uri? url = null;
        SessionStartLimit? limit = null;

        reader.EnterObject("gateway");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("url"u8))
            {
                url = ReadGatewayUrl(ref reader);
            }
            else if (key.SequenceEqual("session_start_limit"u8))
            {
                limit = ReadSessionStartLimit(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new(
            url ?? throw new MalformedPayloadException("gateway.url"),
            limit ?? throw new MalformedPayloadException("gateway.session_start_limit"));
    }

    /// <summary>Docs, "Application: Application Object".</summary>
    public static CurrentApplication ReadApplication(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        long flags = 0;

        reader.EnterObject("application");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("application.id");
            }
            else if (key.SequenceEqual("flags"u8))
            {
                flags = reader.ReadInt64("application.flags") ?? 0;
            }
            else
            {
                reader.Skip();
            }
        }

        return new(id ?? throw new MalformedPayloadException("application.id"), flags);
    }

    /// <summary>Docs, "Application Commands: Application Command Object".</summary>
    public static Snowflake ReadCommandId(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;

        reader.EnterObject("command");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("command.id");
            }
            else
            {
                reader.Skip();
            }
        }

        return id ?? throw new MalformedPayloadException("command.id");
    }

    /// <summary>Docs, "Guild: Guild Object".</summary>
    public static GuildInfo ReadGuild(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        Snowflake? ownerId = null;
        int? memberCount = null;
        IReadOnlyList<Role>? roles = null;

        reader.EnterObject("guild");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("guild.id");
            }
            else if (key.SequenceEqual("owner_id"u8))
            {
                ownerId = reader.ReadId("guild.owner_id");
            }
            else if (key.SequenceEqual("approximate_member_count"u8))
            {
                memberCount = reader.ReadInt32("guild.approximate_member_count");
            }
            else if (key.SequenceEqual("roles"u8))
            {
                roles = reader.ReadList(context, "guild.roles", ReadRole);
            }
            else
            {
                reader.Skip();
            }
        }

        return new(
            id ?? throw new MalformedPayloadException("guild.id"),
            ownerId ?? throw new MalformedPayloadException("guild.owner_id"),
            memberCount,
            roles ?? throw new MalformedPayloadException("guild.roles"));
    }

    /// <summary>Docs, "Permissions: Role Object".</summary>
    public static Role ReadRole(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        ulong? permissions = null;

        reader.EnterObject("role");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("role.id");
            }
            else if (key.SequenceEqual("permissions"u8))
            {
                permissions = ReadPermissions(ref reader, "role.permissions");
            }
            else
            {
                reader.Skip();
            }
        }

        return new(
            id ?? throw new MalformedPayloadException("role.id"),
            permissions ?? throw new MalformedPayloadException("role.permissions"));
    }

    public static RestChannel ReadChannel(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var facts = ChannelReader.Read(ref reader, context);
        IReadOnlyList<Overwrite> overwrites = [];

        again.EnterObject("channel");
        while (again.NextProperty(out var key))
        {
            if (key.SequenceEqual("permission_overwrites"u8) && again.TokenType is not JsonTokenType.Null)
            {
                overwrites = again.ReadList(context, "channel.permission_overwrites", ReadOverwrite);
            }
            else
            {
                again.Skip();
            }
        }

        return new(facts, overwrites);
    }

    public static ChannelOrThread ReadChannelOrThread(ref Utf8JsonReader reader, ReaderContext context)
    {
        var fields = ChannelReader.ReadFields(ref reader, context);

        return fields.Type.IsThread
            ? new(fields.GuildId, Channel: null, fields.ToThread())
            : new(fields.GuildId, fields.ToChannel(), Thread: null);
    }

    public static RestMember ReadMember(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var user = MemberReader.Read(ref reader, context);
        IReadOnlyList<Snowflake> roles = [];
        DateTime? timedOutUntil = null;

        again.EnterObject("member");
        while (again.NextProperty(out var key))
        {
            if (key.SequenceEqual("roles"u8))
            {
                roles = again.ReadIds(context, "member.roles");
            }
            else if (key.SequenceEqual("communication_disabled_until"u8))
            {
                timedOutUntil = again.ReadTime("member.communication_disabled_until");
            }
            else
            {
                again.Skip();
            }
        }

        return new(user, roles, timedOutUntil);
    }

    /// <summary>Docs, "Channel: Overwrite Object".</summary>
    private static Overwrite ReadOverwrite(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        int? type = null;
        ulong? allow = null;
        ulong? deny = null;

        reader.EnterObject("overwrite");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("overwrite.id");
            }
            else if (key.SequenceEqual("type"u8))
            {
                type = reader.ReadInt32("overwrite.type");
            }
            else if (key.SequenceEqual("allow"u8))
            {
                allow = ReadPermissions(ref reader, "overwrite.allow");
            }
            else if (key.SequenceEqual("deny"u8))
            {
                deny = ReadPermissions(ref reader, "overwrite.deny");
            }
            else
            {
                reader.Skip();
            }
        }

        return new(
            id ?? throw new MalformedPayloadException("overwrite.id"),
            type is 0 or 1 ? type is 1 : throw new MalformedPayloadException("overwrite.type"),
            allow ?? throw new MalformedPayloadException("overwrite.allow"),
            deny ?? throw new MalformedPayloadException("overwrite.deny"));
    }

    private static SessionStartLimit ReadSessionStartLimit(ref Utf8JsonReader reader)
    {
        int? total = null;
        int? remaining = null;
        long? resetAfter = null;
        int? maxConcurrency = null;

        reader.EnterObject("session_start_limit");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("total"u8))
            {
                total = reader.ReadInt32("session_start_limit.total");
            }
            else if (key.SequenceEqual("remaining"u8))
            {
                remaining = reader.ReadInt32("session_start_limit.remaining");
            }
            else if (key.SequenceEqual("reset_after"u8))
            {
                resetAfter = reader.ReadInt64("session_start_limit.reset_after");
            }
            else if (key.SequenceEqual("max_concurrency"u8))
            {
                maxConcurrency = reader.ReadInt32("session_start_limit.max_concurrency");
            }
            else
            {
                reader.Skip();
            }
        }

        var milliseconds = resetAfter ?? throw new MalformedPayloadException("session_start_limit.reset_after");

        return new(
            total ?? throw new MalformedPayloadException("session_start_limit.total"),
            remaining ?? throw new MalformedPayloadException("session_start_limit.remaining"),
            TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, (long)TimeSpan.FromDays(2).TotalMilliseconds)),
            Math.Max(maxConcurrency ?? 1, 1));
    }

    private static Uri ReadGatewayUrl(ref Utf8JsonReader reader)
    {
        var text = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "ws" or "wss"
            ? url
            : throw new MalformedPayloadException("gateway.url");
    }

    /// <summary>Bits as a decimal string, since they can be more than a JSON number keeps.</summary>
    private static ulong? ReadPermissions(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String or JsonTokenType.Number
            when Utf8Parser.TryParse(reader.ValueSpan, out ulong bits, out var used) && used == reader.ValueSpan.Length => bits,
        _ => throw new MalformedPayloadException(field),
    };
}
