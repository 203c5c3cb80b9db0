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
        var interaction = reader.ReadObject(PayloadJson.Default.InteractionPayload, "interaction");
        if (interaction is not { Type: ApplicationCommand, GuildId: { } guildId, Data: { Name: true, Options: { } options } }
            || options.To(context, option => option.Name) is not [true])
        {
            return null;
        }

        var isStaff = (interaction.Member?.Permissions & StaffPermissions) is not (null or 0)
            || interaction.Member?.Roles?.To(context, id => id).Any(context.IsStaffRole) == true;

        return new StatusAsked(
            guildId,
            interaction.Id ?? throw new MalformedPayloadException("interaction.id"),
            interaction.Token ?? throw new MalformedPayloadException("interaction.token"),
            isStaff);
    }
}
