using Metricity.Events;

namespace Metricity.Database;

/// <summary>What the rooms with SQL need to know; made from checked settings.</summary>
internal sealed record StorageOptions
{
    /// <summary>An Npgsql connection string, as <see cref="ConnectionStrings.TryParse"/> gives it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The PostgreSQL schema of each guild that this shard collects.</summary>
    public required IReadOnlyDictionary<Snowflake, string> GuildSchemas { get; init; }

    /// <summary>From 0 to <see cref="ShardCount"/> - 1.</summary>
    public int ShardId { get; init; }

    public int ShardCount { get; init; } = 1;

    /// <summary>After this long a statement is cancelled and the batch tried again. Whole seconds; default 60 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the delete of a message that was never stored is remembered. Default 24 h.</summary>
    public TimeSpan TombstoneLifetime { get; init; } = TimeSpan.FromHours(24);
}
