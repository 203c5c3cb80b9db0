using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Storage;

/// <summary>
/// Table <c>users</c>, and the rows of <c>member_events</c> that follow from comparing it with what Discord says (<c>inferred</c>).
/// </summary>
internal static class UserStore
{
    /// <summary>Rows in one statement of an update by id; bounds the size of its arrays.</summary>
    private const int MaxIds = 1_000;

    private readonly record struct Counts(long Users, long Events);

    /// <summary>
    /// Marks as left whoever is stored as in the guild and is not in <paramref name="seen"/>. The comparison is made here and not in the
    /// server: 100,000 ids in an array tempt the planner into a nested loop.
    /// </summary>
    public static async Task LeaveUnseenAsync(StoreTransaction work, IReadOnlyCollection<Snowflake> seen)
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
                insert into member_events (user_id, kind, at, inferred)
                select g.id, 'leave', @Now::timestamp, true
                from gone g
                where (select e.kind from member_events e where e.user_id = g.id order by e.id desc limit 1) is distinct from 'leave'
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from gone) as Users, (select count(*) from events) as Events
            """;
        var present = seen as IReadOnlySet<Snowflake> ?? seen.ToHashSet();
        var gone = new List<string>();
        await using (var members = await work.ReadAsync(MembersSql))
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

        foreach (var ids in gone.Chunk(MaxIds))
        {
            Count(work, await work.QuerySingleAsync<Counts>(LeaveSql, new { Ids = ids, work.Now }));
        }
    }

    public static async Task ClearStaffAsync(StoreTransaction work)
    {
        const string Sql = "update users set is_staff = false where is_staff";
        work.CountWritten("users", await work.ExecuteAsync(Sql, new { }));
    }

    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes, GuildMemory memory)
    {
        var joined = changes.MemberEvents.Where(row => row.IsJoin).Select(row => row.UserId).ToHashSet();
        var authors = changes.Authors.Values.Where(author => !memory.KnowsUser(author.Id)).ToArray();
        await work.WriteAsync("users", authors, row => row.Id, rows => InsertAuthorsAsync(work, rows, joined, memory));
        await work.WriteAsync("users", changes.Members.Values, row => row.Id, rows => UpsertMembersAsync(work, rows, joined, memory));
        await work.WriteAsync("users", changes.Leavers.Values, row => row.User.Id, rows => LeaveAsync(work, rows, memory));
    }

    private static async Task InsertAuthorsAsync(
        StoreTransaction work, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined, GuildMemory memory)
    {
        const string Sql =
            """
            with given as (
                select g.*, f.text as flags_text
                from unnest(@Ids, @Names, @AvatarHashes, @GuildAvatarHashes, @JoinedAt::timestamp[], @CreatedAt, @IsStaff, @Bots, @InGuild,
                        @Pending, @Flags, @SeenJoining)
                    as g (id, name, avatar_hash, guild_avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                        pending, flags, seen_joining)
                join unnest(@FlagValues, @FlagTexts) as f (value, text) on f.value = g.flags
                where not exists (select from users u where u.id = g.id)
            ), inserted as (
                insert into users (id, name, avatar_hash, guild_avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                    public_flags, pending)
                select id, name, avatar_hash, guild_avatar_hash, coalesce(joined_at, created_at), created_at, is_staff, bot, in_guild,
                    flags_text::json, coalesce(pending, false)
                from given
                on conflict (id) do nothing
                returning id
            ), events as (
                insert into member_events (user_id, kind, at, inferred)
                select g.id, 'join', coalesce(g.joined_at, @Now::timestamp), true
                from given g
                join inserted i on i.id = g.id
                where g.in_guild and not g.seen_joining
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from inserted) as Users, (select count(*) from events) as Events
            """;
        Count(work, await work.QuerySingleAsync<Counts>(Sql, Parameters(work, rows, joined)));
        Remember(work, memory, rows);
    }

    private static async Task UpsertMembersAsync(
        StoreTransaction work, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined, GuildMemory memory)
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
                    or (u.name, u.avatar_hash, u.guild_avatar_hash, u.joined_at, u.is_staff, u.bot, u.in_guild, u.public_flags::text, u.pending)
                        is distinct from (g.name, g.avatar_hash, g.guild_avatar_hash, coalesce(g.joined_at, u.joined_at), g.is_staff, g.bot,
                            true, f.text, coalesce(g.pending, u.pending))
            ), written as (
                insert into users (id, name, avatar_hash, guild_avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                    public_flags, pending)
                select id, name, avatar_hash, guild_avatar_hash, coalesce(joined_at, old_joined_at, created_at), created_at, is_staff, bot, true,
                    flags_text::json, coalesce(pending, old_pending, false)
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
                select id, coalesce(joined_at, @Now::timestamp) as at
                from given
                where not seen_joining
                    and (not stored or not was_in_guild or joined_at <> old_joined_at)
            ), events as (
                insert into member_events (user_id, kind, at, inferred)
                select j.id,
                    case when exists (select from member_events e where e.user_id = j.id and e.at < j.at) then 'rejoin' else 'join' end,
                    j.at, true
                from joined j
                where not exists (select from member_events e where e.user_id = j.id and e.at = j.at and e.kind in ('join', 'rejoin'))
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from written) as Users, (select count(*) from events) as Events
            """;
        Count(work, await work.QuerySingleAsync<Counts>(Sql, Parameters(work, rows, joined)));
        Remember(work, memory, rows);
    }

    private static async Task LeaveAsync(
        StoreTransaction work, IReadOnlyCollection<(UserFacts User, DateTime At)> rows, GuildMemory memory)
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
        var flags = DistinctFlags(rows.Select(row => row.User));
        var written = await work.QuerySingleAsync<long>(Sql, new
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
        Remember(work, memory, rows.Select(row => row.User));
    }

    /// <summary>The flags' text is 450 characters and nearly always the same, so each text is sent once and joined on the server.</summary>
    private static object Parameters(StoreTransaction work, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined)
    {
        var flags = DistinctFlags(rows);

        return new
        {
            Ids = rows.Column(row => row.Id.ToString()),
            Names = rows.Column(row => row.Name.ToColumn()),
            AvatarHashes = rows.Column(row => row.AvatarHash?.ToColumn()),
            GuildAvatarHashes = rows.Column(row => row.IsMember ? row.GuildAvatarHash?.ToColumn() : null),
            JoinedAt = rows.Column(row => row.IsMember ? row.JoinedAt.ToColumn() : null),
            CreatedAt = rows.Column(row => row.Id.CreatedAt.ToColumn()),
            IsStaff = rows.Column(row => row.IsMember && row.IsStaff),
            Bots = rows.Column(row => row.IsBot),
            InGuild = rows.Column(row => row.IsMember),
            Pending = rows.Column(row => row.IsMember ? row.Pending : null),
            Flags = rows.Column(row => PublicFlags.Named(row.PublicFlags)),
            SeenJoining = rows.Column(row => joined.Contains(row.Id)),
            FlagValues = flags,
            FlagTexts = flags.Column(PublicFlags.ToJson),
            work.Now,
        };
    }

    private static long[] DistinctFlags(IEnumerable<UserFacts> rows) =>
        rows.Select(row => PublicFlags.Named(row.PublicFlags)).Distinct().ToArray();

    private static void Count(StoreTransaction work, Counts counts)
    {
        work.CountWritten("users", counts.Users);
        work.CountWritten("member_events", counts.Events);
    }

    private static void Remember(StoreTransaction work, GuildMemory memory, IEnumerable<UserFacts> rows)
    {
        var ids = rows.Select(row => row.Id).ToArray();
        work.AfterCommit(() => memory.AddUsers(ids));
    }
}
