using System.Globalization;

namespace Metricity.Gateway;

/// <summary>Why a connection ended, and what follows.</summary>
/// <param name="Next">What to do with the session.</param>
/// <param name="Reason">Our own words for the log; never text from Discord.</param>
/// <param name="CloseCode">The server's close code, if it sent one.</param>
/// <param name="RandomWait">Op 9: wait 1 to 5 s first.</param>
/// <param name="PeerIsGone">There is nobody to wait for with the close handshake.</param>
/// <param name="Kind">The reason as a metric's label: one of <see cref="Kinds"/>.</param>
internal sealed record ConnectionEnd(
    CloseAction Next,
    string Reason,
    int? CloseCode = null,
    bool RandomWait = false,
    bool PeerIsGone = false,
    string Kind = "odd")
{
    /// <summary>Every <see cref="Kind"/>, so that a counter is there before its first event.</summary>
    public static readonly IReadOnlyList<string> Kinds =
    [
        "op7", "op9", "op9_resumable", "zombie", "network", "unreachable", "no_permit", "damaged", "too_large", "timeout", "odd",
        "closed", ClosedKind(1000), ClosedKind(1001), .. Enumerable.Range(4000, 15).Select(code => ClosedKind(code)), "closed_other",
    ];

    public static readonly ConnectionEnd Stop = new(CloseAction.Resume, "stopped");
    public static readonly ConnectionEnd NoHello = new(CloseAction.Resume, "no HELLO in time", Kind: "timeout");
    public static readonly ConnectionEnd NoDispatch = new(CloseAction.Resume, "no READY or RESUMED in time", Kind: "timeout");
    public static readonly ConnectionEnd Unanswered =
        new(CloseAction.Resume, "heartbeats went unanswered", PeerIsGone: true, Kind: "zombie");
    public static readonly ConnectionEnd AskedToReconnect = new(CloseAction.Resume, "Discord asked for a reconnect", Kind: "op7");
    public static readonly ConnectionEnd SessionInvalid =
        new(CloseAction.Identify, "Discord no longer knows the session", RandomWait: true, Kind: "op9");
    public static readonly ConnectionEnd ResumeAgain =
        new(CloseAction.Resume, "Discord asked to resume again", RandomWait: true, Kind: "op9_resumable");
    public static readonly ConnectionEnd Damaged = new(CloseAction.Resume, "the compressed stream was damaged", Kind: "damaged");
    public static readonly ConnectionEnd TooLarge = new(CloseAction.Resume, "a payload passed the size limit", Kind: "too_large");
    public static readonly ConnectionEnd OddHello = new(CloseAction.Resume, "HELLO named no usable heartbeat interval");
    public static readonly ConnectionEnd OddReady = new(CloseAction.Identify, "READY named no session");
    public static readonly ConnectionEnd SendTimedOut =
        new(CloseAction.Resume, "a send did not get through in time", PeerIsGone: true, Kind: "timeout");

    public static ConnectionEnd ClosedBy(int? code)
    {
        var reason = code is null
            ? "Discord closed without a code"
            : string.Create(CultureInfo.InvariantCulture, $"Discord closed with {code}");
        var kind = ClosedKind(code);

        return new ConnectionEnd(
            CloseCodes.ActionFor(code), reason, code, Kind: code is null ? "closed" : Kinds.Contains(kind) ? kind : "closed_other");
    }

    public static ConnectionEnd Lost(Exception exception) =>
        new ConnectionEnd(CloseAction.Resume, "the connection was lost: " + Describe(exception, null), PeerIsGone: true, Kind: "network");

    /// <summary>What an exception of the reading means; null: nothing, it is a bug.</summary>
    public static ConnectionEnd? OfReading(Exception exception)
    {
        return exception switch
        {
            InvalidDataException => Damaged,
            PayloadTooLargeException => TooLarge,
            _ => SocketSender.IsSocketFault(exception) ? Lost(exception) : null,
        };
    }

    public static ConnectionEnd NotReached(Exception exception, int? httpStatus) =>
        new ConnectionEnd(CloseAction.Resume, "no connection: " + Describe(exception, httpStatus), Kind: "unreachable");

    public static ConnectionEnd NotPermitted(IdentifyPermitException exception)
    {
        return new ConnectionEnd(
            CloseAction.Resume, "no new session may begin now: " + exception.Message.TrimEnd('.'), Kind: "no_permit");
    }

    private static string ClosedKind(int? code) => string.Create(CultureInfo.InvariantCulture, $"closed_{code}");

    /// <summary>The kind of fault by its codes. Not its message: that may quote addresses and input.</summary>
    private static string Describe(Exception exception, int? httpStatus)
    {
        if (httpStatus is > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"HTTP status {httpStatus}");
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case System.Net.Sockets.SocketException socket:
                    return socket.SocketErrorCode.ToString();
                case System.Security.Authentication.AuthenticationException:
                    return "the TLS handshake failed";
                case OperationCanceledException or TimeoutException:
                    return "timed out";
            }
        }

        return exception is System.Net.WebSockets.WebSocketException webSocket
            ? webSocket.WebSocketErrorCode.ToString()
            : exception.GetType().Name;
    }
}
