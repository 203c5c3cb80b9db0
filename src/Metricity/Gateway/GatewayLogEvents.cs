namespace Metricity.Gateway;

/// <summary>Log event ids of the gateway, 1000–1999. Never reused.</summary>
internal static class GatewayLogEvents
{
    public const int Connecting = 1000;
    public const int Ready = 1001;
    public const int Resumed = 1002;
    public const int ConnectionEnded = 1003;
    public const int DispatchBeforeReady = 1004;
    public const int SessionDropped = 1005;
    public const int IdentifyBudgetSpent = 1006;
    public const int SequenceGap = 1007;
    public const int MalformedPayload = 1008;
    public const int HeartbeatOverBudget = 1009;
    public const int Stopped = 1010;
    public const int CloseFailed = 1011;
    public const int HeartbeatsEnded = 1012;
    public const int AnswerFailed = 1013;
    // 1014 is gone: a dispatch that waited for the consumer when the connection ended.
    public const int IdentifyWaits = 1015;
}
