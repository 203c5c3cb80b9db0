namespace Metricity.Gateway;

/// <summary>
/// One event of the log (op 0). <see cref="Data"/> points into the receive buffer and is valid only until the consumer's
/// task completes. It begins with the value of <c>d</c>; it may be broken JSON, and in theory envelope keys that Discord
/// sent after <c>d</c> may follow: read one value and stop.
/// </summary>
/// <param name="Session">The session this dispatch belongs to; for READY the new one.</param>
/// <param name="Sequence"><c>s</c>; rises within a session.</param>
/// <param name="Type"><c>t</c>; interned for names in <see cref="DispatchTypes"/>, empty when Discord sent none.</param>
/// <param name="Data">UTF-8 bytes of <c>d</c>.</param>
/// <param name="Break">What lies between this dispatch and the one before it in the same session.</param>
internal readonly record struct Dispatch(
    GatewaySession Session, long Sequence, string Type, ReadOnlyMemory<byte> Data, LogBreak Break = LogBreak.None);
