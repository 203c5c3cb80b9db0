using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads the events about a guild as a whole (Discord docs, "Gateway Events: Guilds").</summary>
internal static class GuildReader
{
    /// <summary>GUILD_CREATE: a full guild, or <c>{id, unavailable: true}</c>.</summary>
    public static DiscordEvent ReadCreated(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var guild = reader.ReadObject(PayloadJson.Default.GuildPayload, "guild");
        var id = IdOf(guild);
        if (guild.Unavailable is true)
        {
            return new GuildUnavailable(id);
        }

        var skippedBefore = context.SkippedElements;

        return new GuildAvailable(
            id,
            guild.MemberCount ?? 0,
            guild.Channels?.To(context, ChannelReader.ToChannel) ?? [],
            guild.Threads?.To(context, thread => ChannelReader.ToThread(thread, context)) ?? [],
            ReadMembers(ref again, context))
        {
            SkippedElements = (int)(context.SkippedElements - skippedBefore),
        };
    }

    /// <summary>GUILD_DELETE: an outage when <c>unavailable</c> is true, else the bot is out.</summary>
    public static DiscordEvent ReadDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        var guild = reader.ReadObject(PayloadJson.Default.GuildPayload, "guild");

        return guild.Unavailable is true ? new GuildUnavailable(IdOf(guild)) : new GuildLeft(IdOf(guild));
    }

    /// <summary>GUILD_ROLE_UPDATE: of which guild is all that counts.</summary>
    public static DiscordEvent ReadRoleUpdated(ref Utf8JsonReader reader, ReaderContext context)
    {
        var role = reader.ReadObject(PayloadJson.Default.RolePayload, "role");

        return new RoleChanged(GuildOf(role));
    }

    /// <summary>GUILD_ROLE_DELETE: null unless it is a staff role.</summary>
    public static DiscordEvent? ReadRoleDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        var role = reader.ReadObject(PayloadJson.Default.RolePayload, "role");
        var guildId = GuildOf(role);
        var roleId = role.RoleId ?? throw new MalformedPayloadException("role.role_id");

        return context.IsStaffRole(roleId) ? new StaffRoleDeleted(guildId, roleId) : null;
    }

    private static List<UserFacts> ReadMembers(ref Utf8JsonReader reader, ReaderContext context)
    {
        List<UserFacts> members = [];
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("members"u8))
            {
                members = MemberReader.ReadList(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        return members;
    }

    private static Snowflake IdOf(GuildPayload guild) => guild.Id ?? throw new MalformedPayloadException("guild.id");

    private static Snowflake GuildOf(RolePayload role) => role.GuildId ?? throw new MalformedPayloadException("role.guild_id");
}
