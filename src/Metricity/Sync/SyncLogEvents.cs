namespace Metricity.Sync;

/// <summary>Log event ids of this stage, 8000 to 8999. Append only; an id is never reused.</summary>
internal static class SyncLogEvents
{
    public const int Started = 8000;
    public const int Completed = 8001;
    public const int Limited = 8002;
    public const int TimedOut = 8003;
    public const int Failed = 8004;
    public const int ChannelGone = 8005;
    public const int LookupFailed = 8006;
    public const int NotConnected = 8007;
    public const int Unreadable = 8008;
    public const int RequestNotRecorded = 8009;
}
