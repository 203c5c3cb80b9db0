using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Storage;

/// <summary>Rows of <c>member_events</c> that were seen happening.</summary>
internal static class MemberEventStore
{
    private readonly record struct Counts(long Joins, long Leaves);

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
            await work.WriteAsync("member_events", round[true].ToArray(), row => row.UserId, rows => InsertAsync(work, changes.GuildId, rows));
            left = round[false].ToList();
        }
    }

    private static async Task InsertAsync(StoreTransaction work, Snowflake guildId, IReadOnlyCollection<MemberEventRow> rows)
    {
        // "The latest" is the one that was written last: joins carry Discord's clock and leaves ours.
        const string Sql =
            """
            with written as (
                insert into member_events (user_id, kind, at, inferred)
                select g.user_id,
                    case
                        when not g.is_join then 'leave'
                        when exists (select from member_events e where e.user_id = g.user_id and e.at < g.at) then 'rejoin'
                        else 'join'
                    end,
                    g.at, false
                from unnest(@UserIds, @IsJoin, @At) as g (user_id, is_join, at)
                where case
                    when g.is_join then
                        not exists (select from member_events e where e.user_id = g.user_id and e.at = g.at and e.kind in ('join', 'rejoin'))
                    else
                        (select e.kind from member_events e where e.user_id = g.user_id order by e.id desc limit 1) is distinct from 'leave'
                    end
                on conflict (user_id, at, kind) do nothing
                returning kind
            )
            select count(*) filter (where kind <> 'leave') as Joins, count(*) filter (where kind = 'leave') as Leaves
            from written
            """;
        var written = await work.QuerySingleAsync<Counts>(Sql, new
        {
            UserIds = rows.Column(row => row.UserId.ToString()),
            IsJoin = rows.Column(row => row.IsJoin),
            At = rows.Column(row => row.At.ToColumn()),
        });
        work.CountWritten("member_events", written.Joins + written.Leaves);
        work.CountNew(guildId, new GuildTotals(0, written.Joins, written.Leaves));
    }
}
