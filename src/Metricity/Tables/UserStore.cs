using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>Table <c>users</c>: who writes messages. Members are in <see cref="MemberStore"/>.</summary>
internal static class UserStore
{
    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes, StoredRows memory)
    {
        var joined = changes.MemberEvents.Where(row => row.IsJoin).Select(row => row.UserId).ToHashSet();
        var authors = changes.Authors.Values.Where(author => !memory.KnowsUser(author.Id)).ToArray();
        await work.WriteAsync("users", authors, row => row.Id, rows => InsertAuthorsAsync(work, changes.GuildId, rows, joined, memory));
        await work.WriteAsync(
            "users", changes.Members.Values, row => row.Id, rows => MemberStore.UpsertAsync(work, changes.GuildId, rows, joined, memory));
        await work.WriteAsync("users", changes.Leavers.Values, row => row.User.Id, rows => MemberStore.LeaveAsync(work, rows, memory));
    }

    public static async Task ClearStaffAsync(StoreTransaction work)
    {
        const string Sql = "update users set is_staff = false where is_staff";
        work.CountWritten("users", await work.Session.ExecuteAsync(Sql));
    }

    private static async Task InsertAuthorsAsync(
        StoreTransaction work, Snowflake guildId, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined, StoredRows memory)
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
                insert into member_events (user_id, kind, at, inferred, latest)
                select g.id, 'join', coalesce(g.joined_at, @Now::timestamp), true, case when g.joined_at is null then @Now::timestamp end
                from given g
                join inserted i on i.id = g.id
                where g.in_guild and not g.seen_joining
                on conflict (user_id, at, kind) do nothing
                returning 1
            )
            select (select count(*) from inserted) as Users, (select count(*) from events) as Events
            """;
        var parameters = UserColumns.Parameters(work, guildId, rows, joined);
        UserColumns.Count(work, await work.Session.QuerySingleAsync<UserColumns.Counts>(Sql, parameters));
        UserColumns.Remember(work, memory, rows);
    }
}
