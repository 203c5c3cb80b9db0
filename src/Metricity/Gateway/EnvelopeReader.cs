using System.Collections.Frozen;
using System.Text.Json;

namespace Metricity.Gateway;

/// <summary>How much of a payload could be used.</summary>
internal enum EnvelopeState
{
    Whole,

    /// <summary>The JSON breaks off or is invalid, but op 0, <c>s</c> and <c>t</c> are known: <c>d</c> is what is there.</summary>
    BrokenData,

    /// <summary>No <c>op</c>, a dispatch without <c>s</c>, or no JSON at all.</summary>
    Unusable,
}

/// <summary>Discord's <c>{op, s, t, d}</c>, with <c>d</c> as a range of the payload.</summary>
/// <param name="Op">Opcode; −1 when unusable.</param>
/// <param name="Sequence">Only for op 0.</param>
/// <param name="Type">Only for op 0; empty when Discord sent none.</param>
/// <param name="Data">Range of <c>d</c>; empty when it is absent.</param>
/// <param name="Consumed">Bytes this payload takes; what follows is a further payload.</param>
internal readonly record struct Envelope(EnvelopeState State, int Op, long Sequence, string Type, Range Data, int Consumed);

/// <summary>Reads an envelope in one pass, keys in any order, without allocating.</summary>
internal static class EnvelopeReader
{
    /// <param name="json">One payload, or several when <paramref name="single"/> is false.</param>
    /// <param name="single">
    /// The bytes hold one payload only. Then, when op 0, <c>s</c> and <c>t</c> came before <c>d</c> (Discord's order), <c>d</c> is
    /// taken to reach to the closing brace and is not tokenized here: Events reads it anyway.
    /// </param>
    public static Envelope Read(ReadOnlySpan<byte> json, bool single)
    {
        int? op = null;
        long? sequence = null;
        string? type = null;
        var dataStart = -1;
        var data = default(Range);
        var reader = new Utf8JsonReader(json, isFinalBlock: true, state: default);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return Unusable(json);
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("t"u8))
                {
                    reader.Read();
                    type = reader.TokenType == JsonTokenType.String ? DispatchTypes.Read(ref reader) : null;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("s"u8))
                {
                    reader.Read();
                    sequence = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var s) && s >= 0 ? s : null;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("op"u8))
                {
                    reader.Read();
                    op = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var o) ? o : null;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("d"u8))
                {
                    dataStart = (int)reader.BytesConsumed;
                    reader.Read();
                    dataStart = (int)reader.TokenStartIndex;
                    if (single && op == 0 && sequence is not null && type is not null)
                    {
                        return UpToClosingBrace(json, dataStart, sequence.Value, type);
                    }

                    reader.Skip();
                    data = dataStart..(int)reader.BytesConsumed;
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            return op == 0 && sequence is not null && type is not null && dataStart >= 0
                ? new Envelope(EnvelopeState.BrokenData, 0, sequence.Value, type, dataStart..json.Length, json.Length)
                : Unusable(json);
        }
        catch (InvalidOperationException)
        {
            // An event name that is not UTF-8.
            return Unusable(json);
        }

        return op is null || (op == 0 && sequence is null)
            ? Unusable(json)
            : new Envelope(EnvelopeState.Whole, op.Value, sequence ?? 0, type ?? "", data, (int)reader.BytesConsumed);
    }

    /// <summary>Drops JSON white space at the start, which may stand between two payloads.</summary>
    public static ReadOnlyMemory<byte> TrimStart(ReadOnlyMemory<byte> json) => json.TrimStart(" \t\r\n"u8);

    private static Envelope UpToClosingBrace(ReadOnlySpan<byte> json, int dataStart, long sequence, string type)
    {
        var end = json.TrimEnd(" \t\r\n"u8).Length;

        return json[end - 1] == (byte)'}' && end - 1 > dataStart
            ? new Envelope(EnvelopeState.Whole, 0, sequence, type, dataStart..(end - 1), json.Length)
            : new Envelope(EnvelopeState.BrokenData, 0, sequence, type, dataStart..end, json.Length);
    }

    private static Envelope Unusable(ReadOnlySpan<byte> json) => new Envelope(EnvelopeState.Unusable, -1, 0, "", default, json.Length);
}

/// <summary>Names of dispatches that may arrive under our intents, so that a known name costs no string.</summary>
internal static class DispatchTypes
{
    public const string Ready = "READY";
    public const string Resumed = "RESUMED";

    /// <summary>Stands for every name that is not known, where names are counted.</summary>
    public const string Other = "other";

    private const int MaxNameBytes = 64;

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
        if (reader.ValueSpan.Length > MaxNameBytes)
        {
            return "";
        }

        Span<char> name = stackalloc char[MaxNameBytes];
        name = name[..reader.CopyString(name)];

        return Known.TryGetValue(name, out var known) ? known : new string(name);
    }
}
