using Metricity.Database;
using Metricity.Gateway;
using Npgsql;

namespace Metricity.Ownership;

/// <summary>
/// Decides with the other processes on the database who may IDENTIFY when, and notes it before it happens (tables
/// <c>metricity.identify_budget</c> and <c>metricity.identifies</c>). Each question is a transaction that writes and locks the guilds'
/// tables for writing, so that a database that could not take a new session's rows lets no session begin.
/// </summary>
/// <param name="time">The clock to go by. The system's stands for the database's, which all processes share.</param>
internal sealed class IdentifyStore(NpgsqlDataSource dataSource, StorageOptions options, PositionStore positions, TimeProvider time)
{
    /// <summary>Between two IDENTIFYs of one bucket (docs, "Rate Limits": max_concurrency per 5 s; a margin for the way there).</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5.25);

    /// <summary>
    /// After this many IDENTIFYs of which nothing was ever committed the wait has doubled to its longest, 5 min 36 s: 257 a day, so that no
    /// crash loop, whatever its cause, comes near the 1000 at which Discord resets the token.
    /// </summary>
    private const int MaxDoublings = 6;

    private sealed record BudgetRow(int Remaining, DateTime ResetsAt, DateTime Now);

    private sealed record ShardRow(
        long Epoch, string? SessionId, DateTime? IdentifiedAt, string? SessionBefore, int Fruitless, DateTime? BucketIdentifiedAt);

    /// <inheritdoc cref="IdentifyPermit"/>
    /// <exception cref="StopException">A person has to act on the database.</exception>
    /// <exception cref="StoreReplacedException">The shard is another process's now.</exception>
    public async Task<TimeSpan> AskAsync(SessionStartLimit budget, bool take, CancellationToken cancellationToken)
    {
        try
        {
            return await AskDatabaseAsync(budget, take, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            throw new IdentifyPermitException(e.Message);
        }
    }

    private Task<TimeSpan> AskDatabaseAsync(SessionStartLimit budget, bool take, CancellationToken cancellationToken) =>
        Session.RunAsync(dataSource, options.CommandTimeout, null, async session =>
        {
            await CheckTablesAsync(session);
            var left = await WriteBudgetAsync(session, budget);
            var bucket = options.ShardId % Math.Max(1, budget.MaxConcurrency);
            var shard = await ReadShardAsync(session, bucket);
            if (shard.Epoch != positions.Epoch)
            {
                throw PositionStore.Replaced(options);
            }

            // Nothing was committed since the last one: it bore no session, or none whose rows the database took.
            var fruitless = shard.IdentifiedAt is not null && shard.SessionBefore == shard.SessionId ? shard.Fruitless + 1 : 0;
            var wait = Wait(left, shard, fruitless);
            if (take && wait == TimeSpan.Zero)
            {
                await NoteAsync(session, bucket, left.Now, shard.SessionId, fruitless);
            }

            return wait;
        }, cancellationToken);

    private static TimeSpan Wait(BudgetRow left, ShardRow shard, int fruitless)
    {
        var due = left.Remaining > 0 ? left.Now : left.ResetsAt + TimeSpan.FromSeconds(1);
        if (shard.BucketIdentifiedAt + Spacing is { } bucketDue && bucketDue > due)
        {
            due = bucketDue;
        }

        var backoff = Spacing * Math.Pow(2, Math.Clamp(fruitless - 1, 0, MaxDoublings));
        if (shard.IdentifiedAt + backoff is { } shardDue && shardDue > due)
        {
            due = shardDue;
        }

        return due - left.Now;
    }

    /// <summary>Throws when the guilds' tables are not there or may not be written. Anything that keeps writers out counts as busy.</summary>
    private async Task CheckTablesAsync(Session session)
    {
        const string PatienceSql = "set local lock_timeout = '5s'";
        const string LockSql =
            """
            lock table categories, channels, threads, users, messages, member_events, message_tombstones, metricity.guilds
            in row exclusive mode
            """;
        await session.ExecuteAsync(PatienceSql);
        foreach (var schema in options.GuildSchemas.Values)
        {
            await session.UseSchemaAsync(schema);
            await session.ExecuteAsync(LockSql);
        }
    }

    /// <summary>
    /// Holds the one row until the commit, so that processes ask one after another. Within a day's count ours is kept where it is lower
    /// than Discord's, which may lag.
    /// </summary>
    private Task<BudgetRow> WriteBudgetAsync(Session session, SessionStartLimit budget)
    {
        const string Sql =
            """
            insert into metricity.identify_budget as b (total, remaining, resets_at)
            values (@Total, @Remaining, coalesce(@Now, clock_timestamp()) + @ResetAfter)
            on conflict (id) do update set
                total = excluded.total,
                remaining = case
                    when b.resets_at <= coalesce(@Now, clock_timestamp()) or excluded.resets_at > b.resets_at + interval '1 minute'
                    then excluded.remaining
                    else least(b.remaining, excluded.remaining)
                end,
                resets_at = case
                    when b.resets_at <= coalesce(@Now, clock_timestamp()) or excluded.resets_at > b.resets_at + interval '1 minute'
                    then excluded.resets_at
                    else b.resets_at
                end
            returning remaining as Remaining, resets_at as ResetsAt, coalesce(@Now, clock_timestamp()) as Now
            """;
        var now = time == TimeProvider.System ? (DateTime?)null : time.GetUtcNow().UtcDateTime;

        return session.QuerySingleAsync<BudgetRow>(Sql, new { budget.Total, budget.Remaining, budget.ResetAfter, Now = now });
    }

    private Task<ShardRow> ReadShardAsync(Session session, int bucket)
    {
        const string Sql =
            """
            select p.epoch as Epoch, p.session_id as SessionId, i.identified_at as IdentifiedAt, i.session_before as SessionBefore,
                coalesce(i.fruitless, 0) as Fruitless,
                (select max(o.identified_at) from metricity.identifies as o where o.bucket = @Bucket) as BucketIdentifiedAt
            from metricity.positions as p
            left join metricity.identifies as i using (shard_id, shard_count)
            where p.shard_id = @ShardId and p.shard_count = @ShardCount
            """;

        return session.QuerySingleAsync<ShardRow>(Sql, new { Bucket = bucket, options.ShardId, options.ShardCount });
    }

    private async Task NoteAsync(Session session, int bucket, DateTime now, string? sessionId, int fruitless)
    {
        const string Sql =
            """
            insert into metricity.identifies as i (shard_id, shard_count, bucket, identified_at, session_before, fruitless)
            values (@ShardId, @ShardCount, @Bucket, @Now, @SessionId, @Fruitless)
            on conflict (shard_id, shard_count) do update set
                bucket = excluded.bucket,
                identified_at = excluded.identified_at,
                session_before = excluded.session_before,
                fruitless = excluded.fruitless
            """;
        const string BudgetSql = "update metricity.identify_budget set remaining = remaining - 1";
        var parameters = new { options.ShardId, options.ShardCount, Bucket = bucket, Now = now, SessionId = sessionId, Fruitless = fruitless };
        await session.ExecuteAsync(Sql, parameters);
        await session.ExecuteAsync(BudgetSql);
    }
}
