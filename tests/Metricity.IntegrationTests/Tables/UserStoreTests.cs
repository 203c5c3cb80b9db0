using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class UserStoreTests
{
    private const string Columns = "name, avatar_hash, guild_avatar_hash, joined_at, is_staff, bot, in_guild, pending, left_at";

    [Fact]
    public async Task Author_unknown_is_inserted_as_one_who_is_not_in_the_guild()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddAuthors(Some.Author() with { IsBot = true, AvatarHash = "a_1" }));

        Assert.Equal(
            "(ann,a_1,,\"2022-07-22 11:22:59.101\",f,t,f,f,)",
            await bed.RowAsync(Columns, "users", Some.User));
        Assert.Empty(await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Author_stored_is_left_alone()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));
        await using var restarted = StoreBed.On(bed.Database);
        await restarted.Positions.StartAsync(CancellationToken.None);

        await restarted.CommitAsync(changes => changes.AddAuthors(Some.Author(name: "other")));

        Assert.Equal("(ann,t)", await bed.RowAsync("name, in_guild", "users", Some.User));
    }

    [Fact]
    public async Task Author_who_is_a_member_and_new_makes_an_inferred_join()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddAuthors(Some.Member()));

        Assert.Equal("(t,\"2025-06-01 10:00:00\")", await bed.RowAsync("in_guild, joined_at", "users", Some.User));
        Assert.Equal(["join 2025-06-01 10:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Author_that_was_erased_behind_our_back_is_written_again_and_the_message_kept()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));
        await bed.Database.ExecuteAsync("delete from users");

        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1)));

        Assert.Equal("(ann,f)", await bed.RowAsync("name, in_guild", "users", Some.User));
        Assert.Equal(1, await bed.Database.CountAsync("messages"));
    }

    [Fact]
    public async Task Member_new_is_inserted_with_all_facts()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
            changes.AddMembers(new UserFacts(Some.User, "ann", "a_1", true, 0, true, "g_1", Some.JoinedAt, true, true)));

        Assert.Equal("(ann,a_1,g_1,\"2025-06-01 10:00:00\",t,t,t,t,)", await bed.RowAsync(Columns, "users", Some.User));
    }

    [Fact]
    public async Task Member_with_joined_at_null_is_stored_with_the_creation_time()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { JoinedAt = null, Pending = null }));

        Assert.Equal(
            "(\"2022-07-22 11:22:59.101\",f,t)",
            await bed.RowAsync("joined_at, pending, in_guild", "users", Some.User));
    }

    [Fact]
    public async Task Member_with_joined_at_and_pending_null_keeps_the_stored_ones()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { Pending = true }));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(name: "anna") with { JoinedAt = null, Pending = null }));

        Assert.Equal("(anna,\"2025-06-01 10:00:00\",t)", await bed.RowAsync("name, joined_at, pending", "users", Some.User));
    }

    [Fact]
    public async Task Member_whose_public_flags_alone_change_is_updated()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { PublicFlags = 64 }));

        Assert.True(await bed.Database.ScalarAsync<bool>("select (public_flags->>'hypesquad_bravery')::bool from users"));
    }

    [Fact]
    public async Task Public_flags_are_the_original_s_text()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { PublicFlags = 64 | (1 << 23) }));

        Assert.Equal(
            "{\"staff\": false, \"partner\": false, \"hypesquad\": false, \"bug_hunter\": false, \"hypesquad_bravery\": true, "
                + "\"hypesquad_brilliance\": false, \"hypesquad_balance\": false, \"early_supporter\": false, \"team_user\": false, "
                + "\"system\": false, \"bug_hunter_level_2\": false, \"verified_bot\": false, \"verified_bot_developer\": false, "
                + "\"discord_certified_moderator\": false, \"bot_http_interactions\": false, \"spammer\": false, "
                + "\"active_developer\": false}",
            await bed.Database.ScalarAsync<string>("select public_flags::text from users"));
    }

    [Fact]
    public async Task Member_who_left_and_is_back_is_in_the_guild_without_a_leave_time()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Leavers[Some.User] = (Some.Author(), StoreBed.Start));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        Assert.Equal("(t,)", await bed.RowAsync("in_guild, left_at", "users", Some.User));
    }

    [Fact]
    public async Task Leaver_stored_is_marked_with_the_time()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        await bed.CommitAsync(changes => changes.Leavers[Some.User] = (Some.Author(), StoreBed.Start));

        Assert.Equal("(ann,f,\"2026-03-01 12:00:00\")", await bed.RowAsync("name, in_guild, left_at", "users", Some.User));
    }

    [Fact]
    public async Task Leaver_unknown_is_inserted()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Leavers[Some.User] = (Some.Author() with { IsBot = true }, StoreBed.Start));

        Assert.Equal("(ann,t,f,\"2026-03-01 12:00:00\")", await bed.RowAsync("name, bot, in_guild, left_at", "users", Some.User));
    }

    [Fact]
    public async Task Staff_role_gone_leaves_nobody_staff()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { IsStaff = true }));

        await bed.CommitAsync(changes => changes.ClearStaff = true);

        Assert.Equal("(f,t)", await bed.RowAsync("is_staff, in_guild", "users", Some.User));
    }

    [Fact]
    public async Task Members_not_seen_by_the_sync_are_marked_as_left_with_an_inferred_event()
    {
        await using var bed = await StoreBed.CreateAsync();
        var stays = new Snowflake(Some.User.Value + 1);
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(), Some.Member(stays)));

        await bed.CommitAsync(changes => changes.SeenUserIds = [stays]);

        Assert.Equal("(f,\"2026-03-01 12:00:00\")", await bed.RowAsync("in_guild, left_at", "users", Some.User));
        Assert.Equal("(t,)", await bed.RowAsync("in_guild, left_at", "users", stays));
        Assert.Equal(["join 2025-06-01 10:00:00 inferred", "leave 2026-03-01 12:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Hundred_thousand_seen_members_are_compared_quickly()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ExecuteAsync(
            """
            insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            select (1000000000000000000 + n)::text, 'u', now(), now(), false, false, true, false from generate_series(1, 100000) n
            """);
        var seen = Enumerable.Range(1, 99_000).Select(n => new Snowflake(1000000000000000000 + (ulong)n)).ToHashSet();
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await bed.CommitAsync(changes => changes.SeenUserIds = seen);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
        Assert.Equal(1_000, await bed.Database.ScalarAsync<long>("select count(*) from users where not in_guild"));
        Assert.Equal(1_000, await bed.Database.CountAsync("member_events"));
    }
}
