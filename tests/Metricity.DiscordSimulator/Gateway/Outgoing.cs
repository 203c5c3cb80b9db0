namespace Metricity.DiscordSimulator;

/// <summary>Something for a connection's writer.</summary>
internal readonly record struct Outgoing(OutgoingKind Kind)
{
    public SimDispatch Dispatch { get; init; }

    public byte[] Bytes { get; init; } = [];

    public int Code { get; init; }

    public string? Reason { get; init; }

    public TaskCompletionSource? Done { get; init; }

    public static Outgoing Of(SimDispatch dispatch)
    {
        return new Outgoing(OutgoingKind.Dispatch) { Dispatch = dispatch };
    }

    public static Outgoing Json(byte[] payload)
    {
        return new Outgoing(OutgoingKind.Payload) { Bytes = payload };
    }
}

internal enum OutgoingKind
{
    Dispatch,

    /// <summary>JSON that takes the connection's compression.</summary>
    Payload,

    /// <summary>A text message, never compressed.</summary>
    Text,

    /// <summary>A binary message as it is.</summary>
    Binary,

    Pong,

    /// <summary>Bytes straight to TCP.</summary>
    Raw,

    Close,
    AbortMidFrame,
    AbortMidMessage,
    AbortMidPayload,

    /// <summary>Tells when all before it was handed to the socket.</summary>
    Barrier,
}
