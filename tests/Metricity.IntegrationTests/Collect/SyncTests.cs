using Metricity.DiscordSimulator;
using Metricity.Migrations;

namespace Metricity.IntegrationTests.Collect;

/// <summary>What is synced when, and what the sync must not do.</summary>
public sealed class SyncTests
{
    [Fact]
    public async Task New_session_syncs_channels_threads_and_members()
    {
        await using var run = await CollectorHarness.StartAsync(
            run => run.Guild.Populate(categories: 3, channels: 15, threads: 20, members: 2_500));

        var truth = run.Discord.World.Truth(run.Guild);
        Assert.Equal(
            truth.Categories.Select(row => $"{row.Id} {row.Name}"),
            (await run.Tables.CategoriesAsync()).Select(row => $"{row.Id} {row.Name}"));
        Assert.Equal(
            truth.Channels.Select(row => $"{row.Id} {row.Name} {row.CategoryId}"),
            (await run.Tables.ChannelsAsync()).Select(row => $"{row.Id} {row.Name} {row.CategoryId}"));
        Assert.Equal(
            truth.Threads.Select(row => $"{row.Id} {row.Name} {row.ParentId} {row.Archived} {row.Type}"),
            (await run.Tables.ThreadsAsync()).Select(row => $"{row.Id} {row.Name} {row.ParentId} {row.Archived} {row.Type}"));
        Assert.Equal(
            truth.Users.Select(row => $"{row.Id} {row.Name} {row.Avatar} {row.Bot} {row.InGuild} {row.Pending}"),
            (await run.Tables.UsersAsync()).Select(row => $"{row.Id} {row.Name} {row.AvatarHash} {row.Bot} {row.InGuild} {row.Pending}"));
        Assert.Equal(1, run.Discord.Gateway.MemberRequestCount);
        Assert.Equal(3, run.Discord.Gateway.ChunksSent);
        Assert.Equal(515, run.Discord.Gateway.LastIntents);
    }

    [Fact]
    public async Task Second_new_session_with_nothing_changed_writes_no_row()
    {
        await using var run = await CollectorHarness.StartAsync(
            run => run.Guild.Populate(categories: 3, channels: 15, threads: 20, members: 1_500));
        var before = await VersionsAsync(run);

        await run.NewSessionAsync();
        await run.WaitUntilSyncedAsync();

        Assert.Equal(2, run.Discord.Gateway.IdentifyCount);
        Assert.Equal(2, run.Discord.Gateway.MemberRequestCount);
        Assert.Equal(before, await VersionsAsync(run));
    }

    [Fact]
    public async Task After_a_resume_nothing_is_synced_and_nothing_is_missing()
    {
        await using var run = await CollectorHarness.StartAsync();
        await run.StopAsync();
        var requests = run.Discord.Rest.Requests.Count;
        var missed = run.Guild.PostMessage(run.General, run.Ann);
        var bob = run.Guild.AddMember("bob");

        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(missed));
        Assert.True((await run.Tables.UserAsync(bob)).InGuild);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
        Assert.Equal(1, run.Discord.Gateway.MemberRequestCount);
        Assert.DoesNotContain(
            run.Discord.Rest.Requests.Skip(requests), request => !request.Template.Contains("gateway", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connection_that_breaks_is_resumed_and_nothing_is_synced()
    {
        await using var run = await CollectorHarness.StartAsync();
        var before = run.Guild.PostMessage(run.General, run.Ann);

        await run.Discord.Gateway.AbortAllAsync();
        var meanwhile = run.Guild.PostMessage(run.General, run.Ann);
        await run.PassTimeUntilAsync(() => run.Discord.Gateway.ResumedCount > 0, "the session is resumed");
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(before));
        Assert.NotNull(await run.Tables.MessageAsync(meanwhile));
        Assert.Equal(1, run.Discord.Gateway.MemberRequestCount);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Member_who_left_unseen_is_marked_as_left_with_an_inferred_event()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob");
        await run.WaitUntilCommittedAsync();
        run.Guild.RemoveMemberSilently(bob);

        await run.NewSessionAsync();
        await run.WaitUntilSyncedAsync();

        Assert.True(await run.Tables.UserAsync(bob) is { InGuild: false, LeftAt: not null });
        Assert.Equal([("join", false), ("leave", true)], (await run.Tables.MemberEventsAsync(bob)).Select(row => (row.Kind, row.Inferred)));
        Assert.True((await run.Tables.UserAsync(run.Ann)).InGuild);
    }

    [Fact]
    public async Task Member_who_is_found_by_the_sync_has_an_inferred_join_at_the_time_discord_tells()
    {
        SimMember old = null!;
        await using var run = await CollectorHarness.StartAsync(
            run => old = run.Guild.AddMember(new DateTimeOffset(2023, 5, 4, 3, 2, 1, TimeSpan.Zero), "old"));

        var joined = Assert.Single(await run.Tables.MemberEventsAsync(old));
        Assert.Equal(("join", true, new DateTime(2023, 5, 4, 3, 2, 1)), (joined.Kind, joined.Inferred, joined.At));
    }

    [Fact]
    public async Task Guild_that_becomes_unavailable_is_an_outage_and_nobody_has_left()
    {
        await using var run = await CollectorHarness.StartAsync(run => run.Guild.Populate(members: 50, messages: 0));

        run.Guild.SetUnavailable(true);
        await run.WaitUntilCommittedAsync();

        Assert.All(await run.Tables.UsersAsync(), user => Assert.True(user.InGuild));
        Assert.All(await run.Tables.ChannelsAsync(), channel => Assert.False(channel.Deleted));
        Assert.Contains(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.GuildUnavailable);
    }

    [Fact]
    public async Task Guild_that_comes_back_from_an_outage_is_synced()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob");
        run.Guild.SetUnavailable(true);
        await run.WaitUntilCommittedAsync();
        run.Guild.RemoveMemberSilently(bob);
        run.General.Name = "renamed in the dark";
        run.Time.Skip(TimeSpan.FromSeconds(31));

        run.Guild.SetUnavailable(false);
        await run.WaitUntilSyncedAsync();

        Assert.False((await run.Tables.UserAsync(bob)).InGuild);
        Assert.True((await run.Tables.UserAsync(run.Ann)).InGuild);
        Assert.Equal("renamed in the dark", (await run.Tables.ChannelAsync(run.General)).Name);
        Assert.Equal(2, run.Discord.Gateway.MemberRequestCount);
    }

    [Fact]
    public async Task Bot_that_is_removed_from_the_guild_deletes_nothing_and_says_so()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.KickBot();
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.UserAsync(run.Ann)).InGuild);
        Assert.False((await run.Tables.ChannelAsync(run.General)).Deleted);
        Assert.Contains(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.GuildLeft);
    }

    [Fact]
    public async Task Live_events_that_arrive_during_the_sync_win()
    {
        await using var run = await CollectorHarness.CreateAsync();
        var leaver = run.Guild.AddMember("leaver");
        var renamed = run.Guild.AddMember("before");
        run.Discord.Gateway.MemberChunks = SimChunks.None;
        run.StartCollector();
        await run.Discord.Gateway.WaitForMemberRequestAsync(guard: CollectorHarness.Limit);

        run.Guild.RemoveMember(leaver);
        run.Guild.UpdateUser(renamed, username: "after");
        var joiner = run.Guild.AddMember("joiner");

        // The list is older than the three events above, as Discord's may be.
        run.Discord.Gateway.SendDispatch("GUILD_MEMBERS_CHUNK", Payloads.Chunk(
            run.Guild,
            NonceOfLastRequest(run),
            0,
            1,
            Payloads.Member(leaver.Id, "leaver"),
            Payloads.Member(renamed.Id, "before"),
            Payloads.Member(run.Ann.Id, "ann"),
            Payloads.Member(run.Guild.OwnerId, "owner"),
            Payloads.Member(run.Discord.World.Bot.Id, "collector")));
        await run.WaitUntilSyncedAsync();

        Assert.False((await run.Tables.UserAsync(leaver)).InGuild);
        Assert.Equal("after", (await run.Tables.UserAsync(renamed)).Name);
        Assert.True((await run.Tables.UserAsync(joiner)).InGuild);
        Assert.DoesNotContain(await run.Tables.MemberEventsAsync(), row => row is { Kind: "leave", Inferred: true });
    }

    [Fact]
    public async Task Chunks_may_come_in_any_order()
    {
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            run.Guild.Populate(members: 2_200);
            run.Discord.Gateway.MemberChunks = SimChunks.Reversed;
        });

        Assert.Equal(run.Guild.Members.Count, (await run.Tables.UsersAsync()).Count(user => user.InGuild));
    }

    [Theory]
    [InlineData(SimChunks.None)]
    [InlineData(SimChunks.OneMissing)]
    [InlineData(SimChunks.WrongNonce)]
    public async Task Members_that_do_not_come_over_the_gateway_come_over_rest(SimChunks fault)
    {
        await using var run = await CollectorHarness.CreateAsync();
        run.Guild.Populate(members: 2_200);
        run.Discord.Gateway.MemberChunks = fault;

        run.StartCollector();
        await run.Discord.Gateway.WaitForMemberRequestAsync(guard: CollectorHarness.Limit);
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "the members are synced");
        await run.WaitUntilSyncedAsync();

        Assert.Equal(run.Guild.Members.Count, (await run.Tables.UsersAsync()).Count(user => user.InGuild));
        Assert.DoesNotContain(await run.Tables.UsersAsync(), user => !user.InGuild);
        Assert.True(run.Discord.Rest.CountOf("guilds/{id}/members") >= 3);
    }

    [Fact]
    public async Task Sync_that_a_broken_connection_interrupts_is_completed()
    {
        await using var run = await CollectorHarness.CreateAsync();
        run.Guild.Populate(members: 4_200);
        run.Discord.Gateway.MemberChunks = SimChunks.DisconnectMidway;

        run.StartCollector();
        await run.Discord.Gateway.WaitForMemberRequestAsync(guard: CollectorHarness.Limit);
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "the members are synced");

        Assert.Equal(run.Guild.Members.Count, (await run.Tables.UsersAsync()).Count(user => user.InGuild));
    }

    [Fact]
    public async Task Sync_that_a_restart_interrupts_is_completed_by_the_next_start()
    {
        await using var run = await CollectorHarness.CreateAsync();
        var gone = run.Guild.AddMember("gone");
        run.Discord.Gateway.MemberChunks = SimChunks.None;
        run.StartCollector();
        await run.Discord.Gateway.WaitForMemberRequestAsync(guard: CollectorHarness.Limit);
        await run.WaitUntilCommittedAsync();
        await run.StopAsync();
        Assert.False(await run.IsSyncedAsync());
        run.Guild.RemoveMemberSilently(gone);
        run.Discord.Gateway.MemberChunks = SimChunks.Normal;
        run.Time.Skip(TimeSpan.FromSeconds(31));

        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "the members are synced");

        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
        Assert.True((await run.Tables.UserAsync(run.Ann)).InGuild);
        Assert.DoesNotContain(await run.Tables.UsersAsync(), user => user.Id == $"{gone.Id}" && user.InGuild);
    }

    [Fact]
    public async Task Several_guilds_are_collected_at_once_each_in_its_own_schema()
    {
        await using var run = await CollectorHarness.CreateAsync();
        await new SchemaMigrator(run.Database.ConnectionString, ["public", "second"], _ => { }).UpAsync(null, CancellationToken.None);
        var other = run.Discord.World.AddGuild("Second");
        var there = other.AddChannel("there");
        var zoe = other.AddMember("zoe");
        run.OtherGuilds.Add(other.Id, "second");
        var second = new Tables(run.Database, "second");

        run.StartCollector();
        await run.WaitUntilSyncedAsync();
        var here = run.Guild.PostMessage(run.General, run.Ann);
        var elsewhere = other.PostMessage(there, zoe);
        await run.WaitUntilCommittedAsync();

        Assert.Equal([$"{here.Id}"], (await run.Tables.MessagesAsync()).Select(row => row.Id));
        Assert.Equal([$"{elsewhere.Id}"], (await second.MessagesAsync()).Select(row => row.Id));
        Assert.DoesNotContain(await run.Tables.UsersAsync(), user => user.Name == "zoe");
        Assert.Contains(await second.UsersAsync(), user => user.Name == "zoe");
    }

    private static string NonceOfLastRequest(CollectorHarness run) => run.Discord.Gateway.Current!.Received
        .Last(received => received.Op == 8).D.GetProperty("nonce").GetString()!;

    /// <summary>Table, id and row version of everything.</summary>
    private static Task<IReadOnlyList<string>> VersionsAsync(CollectorHarness run) => run.Database.ListAsync<string>(
        """
        select 'categories ' || id || ' ' || xmin || ' ' || xmax as row from categories
        union all select 'channels ' || id || ' ' || xmin || ' ' || xmax from channels
        union all select 'threads ' || id || ' ' || xmin || ' ' || xmax from threads
        union all select 'users ' || id || ' ' || xmin || ' ' || xmax from users
        union all select 'member_events ' || id || ' ' || xmin || ' ' || xmax from member_events
        order by row
        """);
}
