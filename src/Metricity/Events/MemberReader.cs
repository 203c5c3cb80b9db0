using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads guild member objects (Discord docs, "Guild: Guild Member Object").</summary>
internal static class MemberReader
{
    /// <summary>A member with their user, as in chunks and REST lists.</summary>
    public static UserFacts Read(ref Utf8JsonReader reader, ReaderContext context) => ReadFields(ref reader, context).ToFacts();

    /// <summary>An array of members; those that cannot be read are left out and counted.</summary>
    public static List<UserFacts> ReadList(ref Utf8JsonReader reader, ReaderContext context) =>
        reader.ReadList(context, "members", Read);

    public static MemberFields ReadFields(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        UserFields? user = null;
        string? avatarHash = null;
        DateTime? joinedAt = null;
        bool? pending = null;
        bool? isStaff = null;

        reader.EnterObject("member");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("user"u8))
            {
                user = reader.TokenType is JsonTokenType.Null ? null : UserReader.ReadFields(ref reader, context);
            }
            else if (key.SequenceEqual("roles"u8))
            {
                isStaff = ReadIsStaff(ref reader, context);
            }
            else if (key.SequenceEqual("avatar"u8))
            {
                avatarHash = reader.ReadText(context, "member.avatar");
            }
            else if (key.SequenceEqual("joined_at"u8))
            {
                joinedAt = reader.ReadTime("member.joined_at");
            }
            else if (key.SequenceEqual("pending"u8))
            {
                pending = reader.ReadBoolean("member.pending");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("member.guild_id");
            }
            else
            {
                reader.Skip();
            }
        }

        return new MemberFields(guildId, user, avatarHash, joinedAt, pending, isStaff);
    }

    private static bool? ReadIsStaff(ref Utf8JsonReader reader, ReaderContext context)
    {
        if (reader.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            throw new MalformedPayloadException("member.roles");
        }

        var isStaff = false;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            var roleId = reader.ReadId("member.roles") ?? throw new MalformedPayloadException("member.roles");
            isStaff |= context.IsStaffRole(roleId);
        }

        return isStaff;
    }
}

/// <summary>What a member object holds.</summary>
/// <param name="GuildId">Only in events.</param>
/// <param name="User">Absent in messages, where the author stands beside the member.</param>
/// <param name="IsStaff">Null when there were no roles: then the object does not describe a membership.</param>
internal readonly record struct MemberFields(
    Snowflake? GuildId,
    UserFields? User,
    string? AvatarHash,
    DateTime? JoinedAt,
    bool? Pending,
    bool? IsStaff)
{
    public UserFacts ToFacts()
    {
        if (IsStaff is null)
        {
            throw new MalformedPayloadException("member.roles");
        }

        return User?.ToFacts(this) ?? throw new MalformedPayloadException("member.user");
    }
}
