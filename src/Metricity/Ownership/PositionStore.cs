using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Tables;

namespace Metricity.Ownership;

/// <summary>Tables <c>metricity.positions</c> and <c>metricity.guilds</c>, as far as a batch changes them.</summary>
internal static class PositionStore
{
    /// <summary>
    /// Writes the position, and holds its row until the commit: a process that takes the shard over waits for us, or we find its epoch
    /// here.
    /// First statement of the transaction, so that a writer that was replaced does no work.
    /// </summary>
    /// <param name="position">Null leaves the stored one; the epoch is checked all the same.</param>
    /// <param name="receivedAt">UTC; when the position's event was received or, replayed, sent. Null leaves the stored one.</param>
    public static async Task WriteAsync(
        StoreTransaction work, StorageOptions options, long epoch, GatewayPosition? position, DateTime? receivedAt)
    {
        const string Sql =
            """
            update metricity.positions
            set session_id = coalesce(@SessionId, session_id),
                resume_gateway_url = coalesce(@ResumeUrl, resume_gateway_url),
                sequence = coalesce(@Sequence, sequence),
                received_at = coalesce(@ReceivedAt::timestamp at time zone 'UTC', received_at),
                updated_at = now()
            where shard_id = @ShardId and shard_count = @ShardCount and epoch = @Epoch
            """;
        var written = await work.Session.ExecuteAsync(Sql, new
        {
            SessionId = position?.Session.Id.ToColumn(),
            ResumeUrl = position?.Session.ResumeUrl.AbsoluteUri,
            position?.Sequence,
            ReceivedAt = receivedAt.ToColumn(),
            options.ShardId,
            options.ShardCount,
            Epoch = epoch,
        });
        if (written == 0)
        {
            throw Replaced(options);
        }
    }

    public static StoreReplacedException Replaced(StorageOptions options) =>
        new($"Another Metricity took over shard {options.ShardId} of {options.ShardCount}.");

    /// <summary>When (UTC) the newest committed event was received, as it is before this transaction writes it; null when never.</summary>
    public static Task<DateTime?> ReadReceivedAtAsync(StoreTransaction work, StorageOptions options)
    {
        const string Sql =
            """
            select received_at at time zone 'UTC'
            from metricity.positions
            where shard_id = @ShardId and shard_count = @ShardCount
            """;

        return work.Session.QueryFirstOrDefaultAsync<DateTime?>(Sql, new { options.ShardId, options.ShardCount });
    }

    public static Task MarkSyncStartedAsync(StoreTransaction work, Snowflake guildId)
    {
        const string Sql =
            "update metricity.guilds set members_synced_at = null where guild_id = @GuildId and members_synced_at is not null";

        return work.Session.ExecuteAsync(Sql, new { GuildId = guildId.ToString() });
    }

    public static Task MarkSyncEndedAsync(StoreTransaction work, Snowflake guildId)
    {
        const string Sql =
            """
            update metricity.guilds set members_synced_at = @Now::timestamp at time zone 'UTC' where guild_id = @GuildId;

            update metricity.coverage set members_synced_at = @Now::timestamp at time zone 'UTC'
            where guild_id = @GuildId and kind = 'gap' and channel_id is null and ended_at is not null and members_synced_at is null;
            """;

        return work.Session.ExecuteAsync(Sql, new { GuildId = guildId.ToString(), work.Now });
    }
}
