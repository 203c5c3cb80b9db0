using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>
/// Members in table <c>users</c>, and the rows of <c>member_events</c> that follow from comparing it with what Discord says
/// (<c>inferred</c>).
/// </summary>
internal static class MemberStore
{
    /// <summary>Rows in one statement of an update by id; bounds the size of its arrays.</summary>
    private const int MaxIds = 1_000;

    /// <summary>
    /// Marks as left whoever is stored as in the guild and is not in <paramref name="seen"/>. The comparison is made here and not in the
    /// server: 100,000 ids in an array tempt the planner into a nested loop.
    /// </summary>
    public static async Task LeaveUnseenAsync(StoreTransaction work, Snowflake guildId, IReadOnlyCollection<Snowflake> seen)
    {
        const string MembersSql = "select id from users where in_guild";
        const string LeaveSql =
            """
            with gone as (
                update users u
                set in_guild = false, left_at = @Now::timestamp
                from unnest(@Ids) as g (id)
                where u.id = g.id and u.in_guild
                returning u.id
            ), events as (
                insert into member_events (user_id, kind, at, inferred, earliest, latest)
                select g.id, 'leave', @Now::timestamp, true, @Earliest::timestamp, @Now::timestamp
                from gone g
                where (
                    select e.kind
                    from (select * from member_events where user_id = g.id offset 0) e
                    order by e.id desc limit 1
                ) is distinct from 'leave'
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from gone) as Users, (select count(*) from events) as Events
            """;
        var present = seen as IReadOnlySet<Snowflake> ?? seen.ToHashSet();
        var gone = new List<string>();
        await using (var members = await work.Session.ExecuteReaderAsync(MembersSql))
        {
            while (await members.ReadAsync())
            {
                var text = members.GetString(0);
                if (Snowflake.TryParse(text, out var id) && !present.Contains(id))
                {
                    gone.Add(text);
                }
            }
        }

        var earliest = gone.Count == 0 ? null : await UnseenSinceAsync(work, guildId);
        foreach (var ids in gone.Chunk(MaxIds))
        {
            var parameters = new { Ids = ids, work.Now, Earliest = earliest };
            UserColumns.Count(work, await work.Session.QuerySingleAsync<UserColumns.Counts>(LeaveSql, parameters));
        }
    }

    /// <summary>The start of the oldest gap whose leaves were not looked for yet; null when there is none.</summary>
    private static Task<DateTime?> UnseenSinceAsync(StoreTransaction work, Snowflake guildId)
    {
        const string Sql =
            """
            select min(started_at) at time zone 'UTC'
            from metricity.coverage
            where guild_id = @GuildId and kind = 'gap' and channel_id is null and members_synced_at is null
            """;

        return work.Session.QueryFirstOrDefaultAsync<DateTime?>(Sql, new { GuildId = guildId.ToString() });
    }

    /// <param name="joined">Users whose joining was seen: their event is written by <see cref="MemberEventStore"/>.</param>
    /// <remarks>
    /// A new join time of one who is stored as in the guild proves a leave that nobody saw: it is written before the rejoin, at the last
    /// moment it can have been. Of one without a join time (a guest) the time of a join is that of its finding, and says so.
    /// </remarks>
    public static async Task UpsertAsync(
        StoreTransaction work, Snowflake guildId, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined, StoredRows memory)
    {
        const string Sql =
            """
            with given as (
                select g.*, f.text as flags_text, u.id is not null as stored, u.in_guild as was_in_guild, u.joined_at as old_joined_at,
                    u.pending as old_pending
                from unnest(@Ids, @Names, @AvatarHashes, @GuildAvatarHashes, @JoinedAt::timestamp[], @CreatedAt, @IsStaff, @Bots, @InGuild,
                        @Pending, @Flags, @SeenJoining)
                    as g (id, name, avatar_hash, guild_avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                        pending, flags, seen_joining)
                join unnest(@FlagValues, @FlagTexts) as f (value, text) on f.value = g.flags
                left join users u on u.id = g.id
                where u.id is null or u.left_at is not null
                    or (u.name, u.avatar_hash, u.guild_avatar_hash, u.joined_at, u.is_staff, u.bot, u.in_guild, u.public_flags::text,
                            u.pending)
                        is distinct from (g.name, g.avatar_hash, g.guild_avatar_hash, coalesce(g.joined_at, u.joined_at), g.is_staff, g.bot,
                            true, f.text, coalesce(g.pending, u.pending))
            ), written as (
                insert into users (id, name, avatar_hash, guild_avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                    public_flags, pending)
                select id, name, avatar_hash, guild_avatar_hash, coalesce(joined_at, old_joined_at, created_at), created_at, is_staff, bot,
                    true, flags_text::json, coalesce(pending, old_pending, false)
                from given
                on conflict (id) do update set
                    name = excluded.name,
                    avatar_hash = excluded.avatar_hash,
                    guild_avatar_hash = excluded.guild_avatar_hash,
                    joined_at = excluded.joined_at,
                    is_staff = excluded.is_staff,
                    bot = excluded.bot,
                    in_guild = true,
                    public_flags = excluded.public_flags,
                    pending = excluded.pending,
                    left_at = null
                returning 1
            ), joined as (
                select id, coalesce(joined_at, @Now::timestamp) as at, joined_at is null as is_guess
                from given
                where not seen_joining
                    and (not stored or not was_in_guild or joined_at <> old_joined_at)
            ), unseen as (
                select min(started_at) at time zone 'UTC' as since
                from metricity.coverage
                where guild_id = @GuildId and kind = 'gap' and channel_id is null and members_synced_at is null
            ), events as (
                insert into member_events (user_id, kind, at, inferred, earliest, latest)
                select f.user_id, f.kind, f.at, true, f.earliest, f.latest
                from (
                    select j.id as user_id, 'leave' as kind, j.at - interval '1 microsecond' as at,
                        greatest(last.at, u.since) as earliest, j.at - interval '1 microsecond' as latest, 0 as turn
                    from joined j
                    cross join unseen u
                    cross join lateral (
                        select e.kind, e.at
                        from (select * from member_events where user_id = j.id offset 0) e
                        order by e.id desc limit 1
                    ) as last
                    where last.kind <> 'leave' and last.at < j.at
                    union all
                    select j.id,
                        case when exists (select from member_events e where e.user_id = j.id and e.at < j.at) then 'rejoin' else 'join' end,
                        j.at,
                        case when j.is_guess then greatest(u.since, (select max(e.at) from member_events e where e.user_id = j.id)) end,
                        case when j.is_guess then j.at end, 1
                    from joined j
                    cross join unseen u
                ) as f
                where f.kind = 'leave'
                    or not exists (select from member_events e where e.user_id = f.user_id and e.at = f.at and e.kind in ('join', 'rejoin'))
                order by f.user_id, f.turn
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from written) as Users, (select count(*) from events) as Events
            """;
        var parameters = UserColumns.Parameters(work, guildId, rows, joined);
        UserColumns.Count(work, await work.Session.QuerySingleAsync<UserColumns.Counts>(Sql, parameters));
        UserColumns.Remember(work, memory, rows);
    }

    /// <summary>Rows of users who left; those not stored yet are inserted as past members.</summary>
    public static async Task LeaveAsync(
        StoreTransaction work, IReadOnlyCollection<(UserFacts User, DateTime At)> rows, StoredRows memory)
    {
        const string Sql =
            """
            with given as (
                select g.*, f.text as flags_text
                from unnest(@Ids, @Names, @AvatarHashes, @CreatedAt, @Bots, @Flags, @LeftAt)
                    as g (id, name, avatar_hash, created_at, bot, flags, left_at)
                join unnest(@FlagValues, @FlagTexts) as f (value, text) on f.value = g.flags
            ), gone as (
                update users u
                set in_guild = false, left_at = g.left_at
                from given g
                where u.id = g.id and u.in_guild
                returning 1
            ), inserted as (
                insert into users (id, name, avatar_hash, joined_at, created_at, is_staff, bot, in_guild, public_flags, pending, left_at)
                select id, name, avatar_hash, created_at, created_at, false, bot, false, flags_text::json, false, left_at
                from given g
                where not exists (select from users u where u.id = g.id)
                on conflict (id) do nothing
                returning 1
            )
            select (select count(*) from gone) + (select count(*) from inserted)
            """;
        var flags = UserColumns.DistinctFlags(rows.Select(row => row.User));
        var written = await work.Session.QuerySingleAsync<long>(Sql, new
        {
            Ids = rows.Column(row => row.User.Id.ToString()),
            Names = rows.Column(row => row.User.Name.ToColumn()),
            AvatarHashes = rows.Column(row => row.User.AvatarHash?.ToColumn()),
            CreatedAt = rows.Column(row => row.User.Id.CreatedAt.ToColumn()),
            Bots = rows.Column(row => row.User.IsBot),
            Flags = rows.Column(row => PublicFlags.Named(row.User.PublicFlags)),
            LeftAt = rows.Column(row => row.At.ToColumn()),
            FlagValues = flags,
            FlagTexts = flags.Column(PublicFlags.ToJson),
        });
        work.CountWritten("users", written);
        UserColumns.Remember(work, memory, rows.Select(row => row.User));
    }
}
