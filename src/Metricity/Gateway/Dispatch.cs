namespace Metricity.Gateway;

/// <summary>One Discord session: the name of the log that its dispatches form.</summary>
/// <param name="Id">Discord's session id.</param>
/// <param name="ResumeUrl">Where a RESUME of this session goes (<c>resume_gateway_url</c> of READY), without query.</param>
internal sealed record GatewaySession(string Id, Uri ResumeUrl);

/// <summary>Up to where a session's log was read: <paramref name="Sequence"/> is that of the last dispatch.</summary>
internal sealed record GatewayPosition(GatewaySession Session, long Sequence);

/// <summary>What lies between two dispatches of a session that follow each other.</summary>
internal enum LogBreak
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The first dispatch after a RESUME was asked for: the program was offline, and Discord replays what it missed.</summary>
    Offline,

    /// <summary>Sequences are left out: events are lost that no RESUME brings back.</summary>
    Missing,
}

/// <summary>
/// One event of the log (op 0). <see cref="Data"/> points into the receive buffer and is valid until the next one is asked for
/// (<c>MoveNextAsync</c>). It begins with the value of <c>d</c>; it may be broken JSON, and in theory envelope keys that Discord
/// sent after <c>d</c> may follow: read one value and stop.
/// </summary>
/// <param name="Session">The session this dispatch belongs to; for READY the new one.</param>
/// <param name="Sequence"><c>s</c>; rises within a session.</param>
/// <param name="Type"><c>t</c>; interned for names in <see cref="DispatchTypes"/>, empty when Discord sent none.</param>
/// <param name="Data">UTF-8 bytes of <c>d</c>.</param>
/// <param name="ReceivedAt">UTC; when it was taken from the socket.</param>
/// <param name="Break">What lies between this dispatch and the one before it in the same session.</param>
internal readonly record struct Dispatch(
    GatewaySession Session,
    long Sequence,
    string Type,
    ReadOnlyMemory<byte> Data,
    DateTime ReceivedAt,
    LogBreak Break = LogBreak.None);
