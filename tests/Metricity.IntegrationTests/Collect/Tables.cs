using Dapper;
using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Reads the five tables and their companions as a dashboard would.</summary>
internal sealed class Tables(TestDatabase database, string schema = "public")
{
    public Task<StoredMessage?> MessageAsync(SimMessage message) => MessageAsync(message.Id);

    public async Task<StoredMessage?> MessageAsync(ulong id) => (await MessagesAsync()).SingleOrDefault(row => row.Id == $"{id}");

    public Task<IReadOnlyList<StoredMessage>> MessagesAsync() => QueryAsync<StoredMessage>(
        """
        select id as Id, channel_id as ChannelId, thread_id as ThreadId, author_id as AuthorId, created_at as CreatedAt,
            is_deleted as IsDeleted, type as Type, edited_at as EditedAt, deleted_at as DeletedAt
        from messages order by length(id), id
        """);

    public Task<StoredUser> UserAsync(SimMember member) => UserAsync(member.Id);

    public async Task<StoredUser> UserAsync(ulong id) => (await UsersAsync()).Single(row => row.Id == $"{id}");

    public Task<IReadOnlyList<StoredUser>> UsersAsync() => QueryAsync<StoredUser>(
        """
        select id as Id, name as Name, avatar_hash as AvatarHash, guild_avatar_hash as GuildAvatarHash, joined_at as JoinedAt,
            created_at as CreatedAt, is_staff as IsStaff, bot as Bot, in_guild as InGuild, public_flags::text as PublicFlags,
            pending as Pending, left_at as LeftAt
        from users order by length(id), id
        """);

    public Task<StoredChannel> ChannelAsync(SimChannel channel) => ChannelAsync(channel.Id);

    public async Task<StoredChannel> ChannelAsync(ulong id) => (await ChannelsAsync()).Single(row => row.Id == $"{id}");

    public Task<IReadOnlyList<StoredChannel>> ChannelsAsync() => QueryAsync<StoredChannel>(
        """
        select id as Id, name as Name, category_id as CategoryId, is_staff as IsStaff, deleted as Deleted, type as Type
        from channels order by length(id), id
        """);

    public async Task<StoredCategory> CategoryAsync(SimChannel category) =>
        (await CategoriesAsync()).Single(row => row.Id == $"{category.Id}");

    public Task<IReadOnlyList<StoredCategory>> CategoriesAsync() => QueryAsync<StoredCategory>(
        "select id as Id, name as Name, deleted as Deleted from categories order by length(id), id");

    public Task<StoredThread> ThreadAsync(SimThread thread) => ThreadAsync(thread.Id);

    public async Task<StoredThread> ThreadAsync(ulong id) => (await ThreadsAsync()).Single(row => row.Id == $"{id}");

    public Task<IReadOnlyList<StoredThread>> ThreadsAsync() => QueryAsync<StoredThread>(
        """
        select id as Id, parent_channel_id as ParentId, created_at as CreatedAt, name as Name, archived as Archived,
            auto_archive_duration as AutoArchiveDuration, locked as Locked, type as Type, owner_id as OwnerId, deleted as Deleted
        from threads order by length(id), id
        """);

    /// <summary>In the order in which they were written.</summary>
    public async Task<IReadOnlyList<StoredMemberEvent>> MemberEventsAsync(SimMember member) =>
        [.. (await MemberEventsAsync()).Where(row => row.UserId == $"{member.Id}")];

    public Task<IReadOnlyList<StoredMemberEvent>> MemberEventsAsync() => QueryAsync<StoredMemberEvent>(
        "select user_id as UserId, kind as Kind, at as At, inferred as Inferred from member_events order by id");

    /// <summary>Waits for what no sequence announces: rows that follow from an answer over REST.</summary>
    public static Task EventuallyAsync(Func<Task<bool>> condition, string what) =>
        Eventually.TrueAsync(condition, what, CollectorHarness.Limit);

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync($"set search_path to \"{schema}\"");

        return (await connection.QueryAsync<T>(sql)).AsList();
    }
}
