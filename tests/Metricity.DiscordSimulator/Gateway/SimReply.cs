namespace Metricity.DiscordSimulator;

/// <summary>What the gateway does instead of the right thing.</summary>
public sealed record SimReply
{
    private SimReply()
    {
    }

    internal SimReplyKind Kind { get; private init; }

    internal int Code { get; private init; }

    internal string Reason { get; private init; } = "";

    internal bool Resumable { get; private init; }

    /// <summary>TCP is dropped in the middle of a frame.</summary>
    public static SimReply Abort { get; } = new() { Kind = SimReplyKind.Abort };

    /// <summary>No answer at all; heartbeats are acknowledged.</summary>
    public static SimReply Silence { get; } = new() { Kind = SimReplyKind.Silence };

    /// <summary>op 7.</summary>
    public static SimReply Reconnect { get; } = new() { Kind = SimReplyKind.Reconnect };

    /// <summary>op 1: "beat now".</summary>
    public static SimReply RequestHeartbeat { get; } = new() { Kind = SimReplyKind.RequestHeartbeat };

    /// <summary>Closes with the code. 0: a close frame without a code (raw <c>88 00</c>).</summary>
    public static SimReply Close(int code, string reason = "")
    {
        return new SimReply { Kind = SimReplyKind.Close, Code = code, Reason = reason };
    }

    /// <summary>op 9. The connection stays open: the client may reuse it or come back.</summary>
    public static SimReply InvalidSession(bool resumable)
    {
        return new SimReply { Kind = SimReplyKind.InvalidSession, Resumable = resumable };
    }
}

internal enum SimReplyKind
{
    Close,
    InvalidSession,
    Abort,
    Silence,
    Reconnect,
    RequestHeartbeat,
}
