using System.Collections.Frozen;
using System.Text.Json;

namespace Metricity.Gateway;

/// <summary>Names of dispatches that may arrive under our intents, so that a known name costs no string.</summary>
internal static class DispatchTypes
{
    public const string Ready = "READY";
    public const string Resumed = "RESUMED";

    /// <summary>Stands for every name that is not known, where names are counted.</summary>
    public const string Other = "other";

    private const int LongestName = 64;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = new[]
    {
        Ready, Resumed, "RATE_LIMITED", "USER_UPDATE", "INTERACTION_CREATE",
        "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE",
        "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "GUILD_MEMBERS_CHUNK",
        "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_PINS_UPDATE",
        "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE",
        "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK",
        "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_UPDATE", "STAGE_INSTANCE_DELETE",
        "VOICE_CHANNEL_STATUS_UPDATE", "VOICE_CHANNEL_START_TIME_UPDATE", "VOICE_SERVER_UPDATE",
        "APPLICATION_COMMAND_PERMISSIONS_UPDATE", "ENTITLEMENT_CREATE", "ENTITLEMENT_UPDATE", "ENTITLEMENT_DELETE",
    }.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>One of the names that are written in the documentation, so of a closed set.</summary>
    public static bool IsKnown(string name) => Known.Set.Contains(name);

    /// <summary>The string at the reader; a name nobody could have meant (over 64 bytes) reads as empty, that is unknown.</summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > LongestName)
        {
            return "";
        }

        Span<char> name = stackalloc char[LongestName];
        name = name[..reader.CopyString(name)];
        return Known.TryGetValue(name, out var known) ? known : new string(name);
    }
}
