using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads the events about a guild as a whole (Discord docs, "Gateway Events: Guilds").</summary>
internal static class GuildReader
{
    /// <summary>GUILD_CREATE: a full guild, or <c>{id, unavailable: true}</c>.</summary>
    public static DiscordEvent ReadCreated(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        var isUnavailable = false;
        var memberCount = 0;
        List<ChannelFacts> channels = [];
        List<ThreadFacts> threads = [];
        List<UserFacts> members = [];
        var skippedBefore = context.SkippedElements;

        reader.EnterObject("guild");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("guild.id");
            }
            else if (key.SequenceEqual("unavailable"u8))
            {
                isUnavailable = reader.ReadBoolean("guild.unavailable") ?? false;
            }
            else if (key.SequenceEqual("member_count"u8))
            {
                memberCount = reader.ReadInt32("guild.member_count") ?? 0;
            }
            else if (key.SequenceEqual("channels"u8))
            {
                channels = ChannelReader.ReadList(ref reader, context);
            }
            else if (key.SequenceEqual("threads"u8))
            {
                threads = ThreadReader.ReadList(ref reader, context);
            }
            else if (key.SequenceEqual("members"u8))
            {
                members = MemberReader.ReadList(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        var guildId = id ?? throw new MalformedPayloadException("guild.id");

        return isUnavailable
            ? new GuildUnavailable(guildId)
            : new GuildAvailable(guildId, memberCount, channels, threads, members)
            {
                SkippedElements = (int)(context.SkippedElements - skippedBefore),
            };
    }

    /// <summary>GUILD_DELETE: an outage when <c>unavailable</c> is true, else the bot is out.</summary>
    public static DiscordEvent ReadDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        var isUnavailable = false;

        reader.EnterObject("guild");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("guild.id");
            }
            else if (key.SequenceEqual("unavailable"u8))
            {
                isUnavailable = reader.ReadBoolean("guild.unavailable") ?? false;
            }
            else
            {
                reader.Skip();
            }
        }

        var guildId = id ?? throw new MalformedPayloadException("guild.id");

        return isUnavailable ? new GuildUnavailable(guildId) : new GuildLeft(guildId);
    }

    /// <summary>GUILD_ROLE_UPDATE: of which guild is all that counts.</summary>
    public static DiscordEvent ReadRoleUpdated(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;

        reader.EnterObject("role");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("role.guild_id");
            }
            else
            {
                reader.Skip();
            }
        }

        return new RoleChanged(guildId ?? throw new MalformedPayloadException("role.guild_id"));
    }

    /// <summary>GUILD_ROLE_DELETE: null unless it is a staff role.</summary>
    public static DiscordEvent? ReadRoleDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        Snowflake? roleId = null;

        reader.EnterObject("role");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("role.guild_id");
            }
            else if (key.SequenceEqual("role_id"u8))
            {
                roleId = reader.ReadId("role.role_id");
            }
            else
            {
                reader.Skip();
            }
        }

        var guild = guildId ?? throw new MalformedPayloadException("role.guild_id");
        var role = roleId ?? throw new MalformedPayloadException("role.role_id");

        return context.IsStaffRole(role) ? new StaffRoleDeleted(guild, role) : null;
    }
}
