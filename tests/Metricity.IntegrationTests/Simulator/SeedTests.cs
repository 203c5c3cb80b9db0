using Metricity.DiscordSimulator.Seed;
using Metricity.Testing;

namespace Metricity.IntegrationTests.SimulatorTests;

/// <summary><c>metricity-simulator seed</c>: what is stored is what the seed says, and the schema is afterwards as it was.</summary>
public sealed class SeedTests
{
    private const string ShapeSql =
        """
        select d from (
            select pg_get_indexdef(indexrelid) as d from pg_index where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
            union all
            select conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) from pg_constraint
            where connamespace = 'public'::regnamespace
            union all
            select tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text from pg_trigger where not tgisinternal
        ) as shape
        order by d
        """;

    private static readonly GuildSeedOptions Small = new()
    {
        Messages = 5_000,
        Days = 60,
        Users = 300,
        Channels = 20,
        Threads = 60,
        Gaps = 3,
        Seed = 4,
        Until = new DateTime(2026, 6, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    [Fact]
    public async Task Stored_rows_are_those_of_the_seed_and_the_schema_is_as_before()
    {
        await using var database = await TestDatabase.CreateAsync();
        var shape = await database.ListAsync<string>(ShapeSql);
        var seed = new GuildSeed(Small);

        await new SeedWriter(database.ConnectionString, "public", _ => { }).WriteAsync(seed, CancellationToken.None);

        Assert.Equal(shape, await database.ListAsync<string>(ShapeSql));
        var messages = await database.ListAsync<string>(
            """
            select concat_ws('|', id, channel_id, coalesce(thread_id, '-'), author_id, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS.MS'), type,
                coalesce(to_char(edited_at, 'YYYY-MM-DD HH24:MI:SS.MS'), '-'), is_deleted,
                coalesce(to_char(deleted_at, 'YYYY-MM-DD HH24:MI:SS.MS'), '-'))
            from messages
            """);
        Assert.Equal(5_000, messages.Count);
        Assert.Equal(
            seed.Messages().Select(row =>
                $"{row.Id}|{row.ChannelId}|{Text(row.ThreadId)}|{row.AuthorId}|{Text(row.CreatedAt)}|{row.Type}|{Text(row.EditedAt)}|"
                    + $"{(row.IsDeleted ? 't' : 'f')}|{Text(row.DeletedAt)}").Order(StringComparer.Ordinal),
            messages.Order(StringComparer.Ordinal));
        Assert.Equal(seed.Users.Count(user => user.IsInGuild), await database.CountAsync("users where in_guild"));
        Assert.Equal(seed.MemberEvents.Count, await database.CountAsync("member_events"));
        Assert.Equal(seed.Threads.Count(thread => thread.IsArchived), await database.CountAsync("threads where archived"));
        Assert.Equal(0, await database.CountAsync(
            "messages where created_at <> timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms'"));
        Assert.Equal(["gap", "gap", "gap", "live", "live", "live"], await database.ListAsync<string>("select kind from metricity.coverage order by kind"));
    }

    [Fact]
    public void Same_options_give_the_same_rows_and_another_seed_gives_others()
    {
        var messages = new GuildSeed(Small).Messages().ToList();

        Assert.Equal(messages, new GuildSeed(Small).Messages());
        Assert.NotEqual(messages, new GuildSeed(Small with { Seed = 5 }).Messages());
    }

    [Fact]
    public void Rows_agree_with_each_other()
    {
        var seed = new GuildSeed(Small with { Messages = 20_000 });
        var messages = seed.Messages().ToList();
        var threads = seed.Threads.ToDictionary(thread => thread.Id);
        var presence = seed.MemberEvents.ToLookup(change => change.UserId);
        var deletedChannels = seed.Channels.Where(channel => channel.IsDeleted).Select(channel => channel.Id).ToHashSet();
        var openGap = seed.Coverage.Single(stretch => stretch is { Kind: "gap", HealedAt: null, Reason: "session_lost" });

        Assert.Equal(20_000, messages.Count);
        Assert.Equal(20_000, messages.Select(message => message.Id).Distinct().Count());
        Assert.All(messages, message =>
        {
            Assert.InRange(message.CreatedAt, seed.Options.Since, seed.Options.Until);
            Assert.False(message.CreatedAt >= openGap.StartedAt && message.CreatedAt < openGap.EndedAt, "written in an open gap");
            Assert.True(message.ThreadId is not { } thread || threads[thread].ParentId == message.ChannelId);
            Assert.True(message.ThreadId is not { } opened || threads[opened].CreatedAt <= message.CreatedAt);
            Assert.True(message.DeletedAt is null || message.DeletedAt > message.CreatedAt);

            // A leave in a gap is known later than it was; never earlier.
            var last = presence[message.AuthorId].LastOrDefault(change => change.At <= message.CreatedAt);
            Assert.True(last is { Kind: "join" or "rejoin" }, $"{message.AuthorId} was not in the guild at {message.CreatedAt}");
        });
        Assert.NotEmpty(deletedChannels);
        Assert.Contains(messages, message => message.IsDeleted);
        Assert.Contains(seed.Threads, thread => thread is { IsArchived: true, IsLocked: true });
        Assert.Contains(seed.Threads, thread => thread.IsDeleted);
        Assert.Contains(seed.MemberEvents, change => change.Kind == "rejoin");
        Assert.All(seed.MemberEvents.GroupBy(change => change.UserId), changes =>
            Assert.All(changes.Zip(changes.Skip(1)), pair => Assert.NotEqual(pair.First.Kind == "leave", pair.Second.Kind == "leave")));
    }

    [Fact]
    public async Task Database_with_rows_is_refused_and_left_as_it_was()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into categories (id, name) values ('1', 'kept')");

        var error = await Assert.ThrowsAsync<SeedException>(() =>
            new SeedWriter(database.ConnectionString, "public", _ => { }).WriteAsync(new GuildSeed(Small), CancellationToken.None));

        Assert.Contains("categories", error.Message, StringComparison.Ordinal);
        Assert.Contains("not empty", error.Message, StringComparison.Ordinal);
        Assert.Equal(["kept"], await database.ListAsync<string>("select name from categories"));
    }

    [Fact]
    public async Task Database_that_is_not_migrated_is_refused()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var error = await Assert.ThrowsAsync<SeedException>(() =>
            new SeedWriter(database.ConnectionString, "public", _ => { }).WriteAsync(new GuildSeed(Small), CancellationToken.None));

        Assert.Contains("metricity --migrate", error.Message, StringComparison.Ordinal);
    }

    private static string Text(ulong? id) => id is { } value ? $"{value}" : "-";

    private static string Text(DateTime? at) => at is { } time ? $"{time:yyyy-MM-dd HH:mm:ss.fff}" : "-";
}
