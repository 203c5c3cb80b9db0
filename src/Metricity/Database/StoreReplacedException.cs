namespace Metricity.Database;

/// <summary>
/// Another process took the shard over. What this one holds uncommitted is the other's to ask Discord for: drop it, and wait as a standby.
/// </summary>
internal sealed class StoreReplacedException(string message) : Exception(message);
