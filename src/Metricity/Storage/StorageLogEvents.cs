namespace Metricity.Storage;

/// <summary>Ids of the storage stage's log events: 4000 to 4999. Never used twice; a removed one leaves a gap.</summary>
internal static class StorageLogEvents
{
    public const int ShardTaken = 4001;
    public const int BatchRefused = 4010;
    public const int RowRejected = 4011;
    public const int RejectedId = 4012;
    public const int LockLost = 4020;
    public const int LockRegained = 4021;
    public const int SizesNotCounted = 4030;
}
