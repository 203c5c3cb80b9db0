namespace Metricity.Rest;

/// <summary>Ids of this stage's log events, 7000 to 7999. Append only; a number is never used again for something else.</summary>
internal static class RestLogEvents
{
    public const int RetryingRequest = 7000;
    public const int RateLimited = 7001;
    public const int EdgeBlocks = 7002;
    public const int InvalidRequestStop = 7003;
    public const int TokenRefused = 7004;
    public const int ElementsSkipped = 7005;
}
