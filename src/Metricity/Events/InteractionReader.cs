using System.Buffers.Text;
using System.Text.Json;

namespace Metricity.Events;

/// <summary>
/// Reads INTERACTION_CREATE (Discord docs, "Receiving and Responding: Interaction Object"): whether it is our command, and whether its
/// user is staff. No text but the token becomes a value.
/// </summary>
internal static class InteractionReader
{
    private const int ApplicationCommand = 2;

    /// <summary>Administrator and Manage Server (docs, "Permissions").</summary>
    private const ulong StaffPermissions = (1 << 3) | (1 << 5);

    public static ReadOnlySpan<byte> Command => "metricity"u8;

    public static ReadOnlySpan<byte> Subcommand => "status"u8;

    /// <summary>Null for all but our command in a guild.</summary>
    public static DiscordEvent? ReadCreated(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        Snowflake? guildId = null;
        int? type = null;
        string? token = null;
        var isOurs = false;
        var isStaff = false;

        reader.EnterObject("interaction");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("interaction.id");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("interaction.guild_id");
            }
            else if (key.SequenceEqual("type"u8))
            {
                type = reader.ReadInt32("interaction.type");
            }
            else if (key.SequenceEqual("token"u8))
            {
                // Not by the pool of strings, which keeps what it has seen.
                token = reader.TokenType is JsonTokenType.String ? reader.GetString() : throw new MalformedPayloadException("interaction.token");
            }
            else if (key.SequenceEqual("data"u8) && reader.TokenType is JsonTokenType.StartObject)
            {
                isOurs = ReadIsOurs(ref reader, context);
            }
            else if (key.SequenceEqual("member"u8) && reader.TokenType is JsonTokenType.StartObject)
            {
                isStaff = ReadIsStaff(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        return type is not ApplicationCommand || guildId is not { } guild || !isOurs
            ? null
            : new StatusAsked(
                guild,
                id ?? throw new MalformedPayloadException("interaction.id"),
                new Secret(token ?? throw new MalformedPayloadException("interaction.token")),
                isStaff);
    }

    private static bool ReadIsOurs(ref Utf8JsonReader reader, ReaderContext context)
    {
        var isCommand = false;
        var isSubcommand = false;
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("name"u8) && reader.TokenType is JsonTokenType.String)
            {
                isCommand = reader.ValueTextEquals(Command);
            }
            else if (key.SequenceEqual("options"u8) && reader.TokenType is JsonTokenType.StartArray)
            {
                isSubcommand = reader.ReadList(context, "interaction.data.options", ReadIsOurOption) is [true];
            }
            else
            {
                reader.Skip();
            }
        }

        return isCommand && isSubcommand;
    }

    private static bool ReadIsOurOption(ref Utf8JsonReader reader, ReaderContext context)
    {
        var isOurs = false;
        reader.EnterObject("interaction.data.options");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("name"u8) && reader.TokenType is JsonTokenType.String)
            {
                isOurs = reader.ValueTextEquals(Subcommand);
            }
            else
            {
                reader.Skip();
            }
        }

        return isOurs;
    }

    private static bool ReadIsStaff(ref Utf8JsonReader reader, ReaderContext context)
    {
        var isStaff = false;
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("roles"u8))
            {
                isStaff |= reader.ReadIds(context, "interaction.member.roles").Any(context.IsStaffRole);
            }
            else if (key.SequenceEqual("permissions"u8) && reader.TokenType is JsonTokenType.String)
            {
                isStaff |= Utf8Parser.TryParse(reader.ValueSpan, out ulong permissions, out var used)
                    && used == reader.ValueSpan.Length && (permissions & StaffPermissions) != 0;
            }
            else
            {
                reader.Skip();
            }
        }

        return isStaff;
    }
}
