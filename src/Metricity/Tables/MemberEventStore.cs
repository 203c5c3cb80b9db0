using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>Rows of <c>member_events</c> that were seen happening.</summary>
/// <remarks>
/// A user's newest event is looked for behind <c>offset 0</c>, here and in <see cref="MemberStore"/>. Without it PostgreSQL may read the whole
/// table backwards by its key for each user who has none, and does so while a new table has no statistics: the square of a guild's members.
/// </remarks>
internal static class MemberEventStore
{
    private readonly record struct Counts(long Joins, long Leaves, long Events);

    /// <summary>
    /// An event's kind depends on those before it, so events of one user go in one after another: the first of each user, then the
    /// second, and so on. Nearly always there is one round.
    /// </summary>
    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes)
    {
        var left = changes.MemberEvents;
        while (left.Count > 0)
        {
            var users = new HashSet<Snowflake>();
            var round = left.ToLookup(row => users.Add(row.UserId));
            await work.WriteAsync(
                "member_events", round[true].ToArray(), row => row.UserId, rows => InsertAsync(work, changes.GuildId, rows));
            left = round[false].ToList();
        }
    }

    private static async Task InsertAsync(StoreTransaction work, Snowflake guildId, IReadOnlyCollection<MemberEventRow> rows)
    {
        // "The latest" is the one that was written last: joins carry Discord's clock and leaves ours. A join that is stored already was
        // delivered twice, and a leave written after it is the earlier one, delivered twice as well. A join of one who is known to be in the
        // guild since an earlier time proves a leave that nobody saw: it is written before the join, at the last moment it can have been.
        const string Sql =
            """
            delete from member_events l
            using unnest(@UserIds, @IsJoin, @At) as g (user_id, is_join, at)
            join member_events j on j.user_id = g.user_id and j.at = g.at and j.kind in ('join', 'rejoin')
            where g.is_join and l.user_id = g.user_id and l.kind = 'leave' and l.id > j.id;

            with written as (
                insert into member_events (user_id, kind, at, inferred, earliest, latest)
                select f.user_id, f.kind, f.at, f.inferred, f.earliest, f.latest
                from (
                    select g.user_id, 'leave' as kind, g.at - interval '1 microsecond' as at, true as inferred,
                        greatest(last.at, (
                            select min(c.started_at) at time zone 'UTC'
                            from metricity.coverage c
                            where c.guild_id = @GuildId and c.kind = 'gap' and c.channel_id is null
                                and c.members_synced_at is null
                        )) as earliest,
                        g.at - interval '1 microsecond' as latest, 0 as turn
                    from unnest(@UserIds, @IsJoin, @At) as g (user_id, is_join, at)
                    cross join lateral (
                        select e.kind, e.at
                        from (select * from member_events where user_id = g.user_id offset 0) e
                        order by e.id desc limit 1
                    ) as last
                    where g.is_join and last.kind <> 'leave' and last.at < g.at
                    union all
                    select g.user_id,
                        case
                            when not g.is_join then 'leave'
                            when exists (select from member_events e where e.user_id = g.user_id and e.at < g.at) then 'rejoin'
                            else 'join'
                        end,
                        g.at, false, null, null, 1
                    from unnest(@UserIds, @IsJoin, @At) as g (user_id, is_join, at)
                    where g.is_join
                        or (
                            select e.kind
                            from (select * from member_events where user_id = g.user_id offset 0) e
                            order by e.id desc limit 1
                        ) is distinct from 'leave'
                ) as f
                where f.kind = 'leave'
                    or not exists (select from member_events e where e.user_id = f.user_id and e.at = f.at and e.kind in ('join', 'rejoin'))
                order by f.user_id, f.turn
                on conflict (user_id, at, kind) do nothing
                returning kind, inferred
            )
            select count(*) filter (where kind <> 'leave') as Joins,
                count(*) filter (where kind = 'leave' and not inferred) as Leaves, count(*) as Events
            from written
            """;
        var written = await work.Session.QuerySingleAsync<Counts>(Sql, new
        {
            GuildId = guildId.ToString(),
            UserIds = rows.Column(row => row.UserId.ToString()),
            IsJoin = rows.Column(row => row.IsJoin),
            At = rows.Column(row => row.At.ToColumn()),
        });
        work.CountWritten("member_events", written.Events);
        work.CountNew(guildId, new NewRows(0, written.Joins, written.Leaves));
    }
}
