namespace Metricity;

/// <summary>
/// The ids of all log events, so that an operator finds a line in whatever language or version it is written. Append only: a number is never
/// used again for something else; 1014 and 9900 are gone. A room logs under its own name.
/// </summary>
internal static class LogEvents
{
    public static class Gateway
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
        public const int IdentifyWaits = 1015;
    }

    public static class Collect
    {
        public const int MalformedPayload = 3000;
        public const int ElementsSkipped = 3001;
        public const int CommitFailed = 3002;
        public const int CommitsAgain = 3003;
        public const int ChannelUnknown = 3004;
        public const int GuildUnavailable = 3005;
        public const int GuildLeft = 3006;
        public const int DrainTimedOut = 3007;
        public const int Drained = 3008;
        public const int HistoryNotCommitted = 3010;
        public const int ChannelGone = 8005;
        public const int LookupFailed = 8006;
        public const int GuildNotVisible = 9000;
    }

    public static class Hosting
    {
        public const int Started = 3009;
        public const int HttpListens = 9920;
        public const int OtlpSends = 9921;
    }

    public static class Ownership
    {
        public const int ShardTaken = 4001;
        public const int LockLost = 4020;
        public const int LockRegained = 4021;
        public const int Standby = 9901;
        public const int StandbyAlone = 9902;
        public const int TakesOver = 9903;
        public const int Replaced = 9904;
        public const int NotTaken = 9905;
    }

    public static class Tables
    {
        public const int BatchRefused = 4010;
        public const int RowRejected = 4011;
        public const int RejectedId = 4012;
    }

    public static class Export
    {
        public const int SizesNotCounted = 4030;
        public const int StatsdAway = 10000;
        public const int StatsdReached = 10001;
    }

    public static class Rest
    {
        public const int RetryingRequest = 7000;
        public const int RateLimited = 7001;
        public const int EdgeBlocks = 7002;
        public const int InvalidRequestStop = 7003;
        public const int TokenRefused = 7004;
        public const int ElementsSkipped = 7005;
    }

    public static class Members
    {
        public const int Started = 8000;
        public const int Completed = 8001;
        public const int Limited = 8002;
        public const int TimedOut = 8003;
        public const int Failed = 8004;
        public const int NotConnected = 8007;
        public const int Unreadable = 8008;
        public const int RequestNotRecorded = 8009;
    }

    public static class Coverage
    {
        public const int GapOpened = 9100;
        public const int GapGoesOn = 9101;
        public const int GapHealed = 9102;
        public const int GapLeftOpen = 9103;
        public const int Progress = 9104;
        public const int Interrupted = 9105;
        public const int Unreadable = 9106;
        public const int GapClosed = 9107;
        public const int BackfillStarted = 9108;
        public const int BackfillInterrupted = 9109;
        public const int ChannelHidden = 9110;
    }

    public static class Cli
    {
        public const int SettingWarning = 9910;
    }

    public static class Commands
    {
        public const int Answered = 10010;
        public const int NotAnswered = 10011;
        public const int TooOld = 10012;
        public const int TooMany = 10013;
        public const int WithoutDatabase = 10014;
        public const int Registered = 10015;
        public const int WithoutScope = 10016;
        public const int Refused = 10017;
        public const int Later = 10018;
    }
}
