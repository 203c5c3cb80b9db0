using Metricity.Database;
using Metricity.Gateway;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Ownership;

/// <summary>
/// Table <c>metricity.positions</c>: how far a shard's log is committed, and by whom. The fence against a second writer is the epoch: each
/// start raises it, and <see cref="WriteAsync"/> lets a batch through only while it is the one of this start.
/// </summary>
internal sealed partial class PositionStore(NpgsqlDataSource dataSource, StorageOptions options, ILogger<PositionStore> logger)
{
    private long? _epoch;

    private sealed record PositionRow(long Epoch, string? SessionId, string? ResumeUrl, long? Sequence);

    /// <summary>The epoch of this start.</summary>
    /// <exception cref="InvalidOperationException">The shard was not taken over yet.</exception>
    public long Epoch => _epoch ?? throw new InvalidOperationException("StartAsync comes first.");

    /// <summary>
    /// Takes the shard over, so that an older writer cannot commit any more (its open transaction is waited for), notes which guild
    /// lives in which schema, and reads the position.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act, for example because a schema holds another guild.</exception>
    public async Task<StartState> StartAsync(CancellationToken cancellationToken)
    {
        var (position, guilds) = await Session.RunAsync(
            dataSource,
            options.CommandTimeout,
            null,
            async session => (await TakeShardAsync(session), await GuildStore.RegisterAsync(session, options.GuildSchemas)),
            cancellationToken);
        _epoch = position.Epoch;
        LogShardTaken(options.ShardId, options.ShardCount, position.Epoch, position.Sequence);

        return new StartState(
            PositionOf(position),
            guilds.Where(guild => !guild.Value.IsSynced).Select(guild => guild.Key).ToHashSet(),
            guilds.Where(guild => guild.Value.MembersRequestedAt is not null)
                .ToDictionary(guild => guild.Key, guild => new DateTimeOffset(guild.Value.MembersRequestedAt!.Value, TimeSpan.Zero)));
    }

    /// <summary>
    /// Writes the position, and holds its row until the commit: a process that takes the shard over waits for us, or we find its epoch
    /// here. First statement of the transaction, so that a writer that was replaced does no work.
    /// </summary>
    /// <param name="position">Null leaves the stored one; the epoch is checked all the same.</param>
    /// <param name="receivedAt">UTC; when the position's event was received or, replayed, sent. Null leaves the stored one.</param>
    public async Task WriteAsync(Session session, GatewayPosition? position, DateTime? receivedAt)
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
        var written = await session.ExecuteAsync(Sql, new
        {
            SessionId = position?.Session.Id.ToColumn(),
            ResumeUrl = position?.Session.ResumeUrl.AbsoluteUri,
            position?.Sequence,
            ReceivedAt = receivedAt.ToColumn(),
            options.ShardId,
            options.ShardCount,
            Epoch,
        });
        if (written == 0)
        {
            throw Replaced(options);
        }
    }

    /// <summary>When (UTC) the newest committed event was received, as it is before this transaction writes it; null when never.</summary>
    public Task<DateTime?> ReadReceivedAtAsync(Session session)
    {
        const string Sql =
            """
            select received_at at time zone 'UTC'
            from metricity.positions
            where shard_id = @ShardId and shard_count = @ShardCount
            """;

        return session.QueryFirstOrDefaultAsync<DateTime?>(Sql, new { options.ShardId, options.ShardCount });
    }

    public static StoreReplacedException Replaced(StorageOptions options) =>
        new($"Another Metricity took over shard {options.ShardId} of {options.ShardCount}.");

    private Task<PositionRow> TakeShardAsync(Session session)
    {
        const string Sql =
            """
            insert into metricity.positions as p (shard_id, shard_count, epoch)
            values (@ShardId, @ShardCount, 1)
            on conflict (shard_id, shard_count) do update set epoch = p.epoch + 1, updated_at = now()
            returning epoch as Epoch, session_id as SessionId, resume_gateway_url as ResumeUrl, sequence as Sequence
            """;

        return session.QuerySingleAsync<PositionRow>(Sql, new { options.ShardId, options.ShardCount });
    }

    private static GatewayPosition? PositionOf(PositionRow row) =>
        row.SessionId is { } sessionId && row.Sequence is { } sequence && Uri.TryCreate(row.ResumeUrl, UriKind.Absolute, out var resumeUrl)
            ? new GatewayPosition(new GatewaySession(sessionId, resumeUrl), sequence)
            : null;

    [LoggerMessage(
        LogEvents.Ownership.ShardTaken,
        LogLevel.Information,
        "Shard {ShardId} of {ShardCount} taken over with epoch {Epoch}; committed sequence {Sequence}")]
    private partial void LogShardTaken(int shardId, int shardCount, long epoch, long? sequence);
}
