using System.Collections.Concurrent;
using System.Text;

namespace Metricity.DiscordSimulator;

/// <summary>
/// An event, serialised once for all sessions: only the sequence number is put in per session. Never changed.
/// </summary>
public sealed class SimEvent
{
    private static readonly ConcurrentDictionary<string, byte[]> Heads = new(StringComparer.Ordinal);

    private readonly byte[]? _fullBody;

    internal SimEvent(string type, int intents, ulong guildId, byte[] body, byte[]? fullBody)
    {
        Type = type;
        Intents = intents;
        GuildId = guildId;
        Body = body;
        _fullBody = fullBody;
        Head = Heads.GetOrAdd(type, static name => Encoding.UTF8.GetBytes($$"""{"t":"{{name}}","s":"""));
    }

    public string Type { get; }

    /// <summary>A session gets it when it asked for one of these intents; 0: always.</summary>
    public int Intents { get; }

    /// <summary>0 for events of no guild.</summary>
    public ulong GuildId { get; }

    internal byte[] Body { get; }

    internal byte[] Head { get; }

    internal byte[] BodyFor(int intents)
    {
        return _fullBody is not null && (intents & SimIntents.Content) != 0 ? _fullBody : Body;
    }
}
