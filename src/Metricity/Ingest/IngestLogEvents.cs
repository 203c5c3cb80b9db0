namespace Metricity.Ingest;

/// <summary>Log event ids of this stage, 3000 to 3999. Append only; an id is never reused.</summary>
internal static class IngestLogEvents
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
    public const int Started = 3009;
    public const int HistoryNotCommitted = 3010;
}
