namespace Metricity.Telemetry;

/// <summary>
/// What the instruments read when somebody looks: counts since the start and states of now, each over all shards of the process. Any
/// thread may ask at any time, also before the collector runs.
/// </summary>
internal interface ICollectorFigures
{
    IEnumerable<KeyValuePair<string, long>> Shards { get; }

    IEnumerable<KeyValuePair<string, long>> Events { get; }

    long ReceivedBytes { get; }

    long Connects { get; }

    IEnumerable<KeyValuePair<string, long>> Reconnects { get; }

    long Identifies { get; }

    IEnumerable<KeyValuePair<string, long>> Resumes { get; }

    long SessionsLost { get; }

    /// <summary>Null as long as it is not known; so with all that can be null here.</summary>
    long? IdentifyBudget { get; }

    double? HeartbeatRoundTrip { get; }

    long SequenceGaps { get; }

    long MalformedPayloads { get; }

    long ReaderWaits { get; }

    long MalformedEvents { get; }

    long EventsWaiting { get; }

    long QueueEvents { get; }

    long QueueBytes { get; }

    long QueueCapacityEvents { get; }

    long QueueCapacityBytes { get; }

    long QueueIn { get; }

    long QueueOut { get; }

    long Commits { get; }

    long DatabaseRetries { get; }

    long? DatabaseUp { get; }

    IEnumerable<KeyValuePair<string, long>> RowsWritten { get; }

    IEnumerable<KeyValuePair<string, long>> RowsRejected { get; }

    /// <summary>Seconds since 1970, as every time here.</summary>
    double? LastCommitAt { get; }

    double? LastEventAt { get; }

    long? GapsOpen { get; }

    double? OldestGapAge { get; }

    long HealedMessages { get; }

    long HealingPages { get; }

    IEnumerable<(string Route, string Status, long Count)> RestRequests { get; }

    IEnumerable<KeyValuePair<string, long>> RestRateLimits { get; }

    long RestRetries { get; }

    long? Members { get; }

    long? ThreadsOpen { get; }

    long Messages { get; }

    long Joins { get; }

    long Leaves { get; }
}
