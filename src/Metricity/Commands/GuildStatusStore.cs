using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Commands;

/// <summary>Reads how a guild's collection is doing, by the views that its admins see. Any thread may call.</summary>
internal sealed class GuildStatusStore(NpgsqlDataSource dataSource, StorageOptions options)
{
    private sealed record Row(decimal Covered, long OpenGaps, DateTime? OldestGapAt, DateTime? CommittedAt);

    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public Task<GuildStatus> ReadAsync(Snowflake guildId, CancellationToken cancellationToken)
    {
        const string StatusSql =
            """
            with day as (select now() at time zone 'UTC' as ends, now() at time zone 'UTC' - interval '24 hours' as begins)
            select coalesce((
                    select sum(h.covered
                        * extract(epoch from least(h.hour + interval '1 hour', d.ends) - greatest(h.hour, d.begins))::numeric) / 86400
                    from coverage_by_hour h
                    where h.hour > d.begins - interval '1 hour'), 0) as Covered,
                (select count(*) from coverage where status = 'gap') as OpenGaps,
                (select min(started_at) from coverage where status = 'gap') as OldestGapAt,
                (select max(received_at) at time zone 'UTC' from metricity.positions
                 where shard_id = @ShardId and shard_count = @ShardCount) as CommittedAt
            from day d
            """;

        return Session.RunAsync(dataSource, options.CommandTimeout, options.GuildSchemas[guildId], async session =>
        {
            var row = await session.QuerySingleAsync<Row>(StatusSql, new { options.ShardId, options.ShardCount });

            return new GuildStatus((double)row.Covered, row.OpenGaps, row.OldestGapAt.ToUtc(), row.CommittedAt.ToUtc());
        }, cancellationToken);
    }
}
