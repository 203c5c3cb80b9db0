using Metricity.DiscordSimulator;
using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Collect;

/// <summary>The known defects of the Python original, each with the test that it did not come along.</summary>
public sealed class OriginalDefectTests
{
    [Fact]
    public async Task Member_without_a_time_of_joining_stops_the_whole_sync()
    {
        SimMember guest = null!;
        SimMember last = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            guest = run.Guild.AddMember((DateTimeOffset?)null, "guest");
            last = run.Guild.AddMember("last");
        });

        Assert.True(await run.Tables.UserAsync(guest) is { InGuild: true, Name: "guest" });
        Assert.True((await run.Tables.UserAsync(last)).InGuild);
    }

    [Fact]
    public async Task Thread_whose_parent_is_not_visible_stops_the_whole_sync()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("THREAD_CREATE", $$$"""
            {"id":"{{{id}}}","guild_id":"{{{run.Guild.Id}}}","parent_id":"4711","owner_id":"{{{run.Ann.Id}}}","name":"orphan","type":11,
            "thread_metadata":{"archived":false,"auto_archive_duration":1440,"locked":false,
            "archive_timestamp":"2024-06-01T12:00:00+00:00"}}
            """);
        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(id) is { Name: "orphan", ParentId: "4711" });
        Assert.NotNull(await run.Tables.MessageAsync(message));
    }

    [Fact]
    public async Task Database_that_is_down_at_the_start_leaves_the_program_alive_and_storing_nothing()
    {
        await using var run = await CollectorHarness.CreateAsync();
        await run.StopDatabaseAsync();

        run.StartCollector();

        // It ends, with a sentence for the operator, and Discord has not been bothered.
        Assert.IsType<SchemaException>(await run.WaitForFaultAsync());
        Assert.Equal(0, run.Discord.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Channel_sync_that_fails_leaves_the_program_alive_and_storing_nothing()
    {
        await using var run = await CollectorHarness.StartAsync(run =>
            run.Discord.Gateway.NextIdentify(SimReply.Abort));

        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(message));
    }

    [Fact]
    public async Task Rate_limited_in_place_of_member_chunks_marks_everybody_as_left()
    {
        await using var run = await CollectorHarness.StartAsync(run => run.Guild.Populate(members: 30));
        run.Discord.Gateway.MemberChunks = SimChunks.RateLimitedOnce;
        await run.Database.ExecuteAsync("update metricity.guilds set members_requested_at = null");

        await run.NewSessionAsync();
        await run.Log.WaitForAsync(record => record.Id.Id == LogEvents.Members.Limited, CollectorHarness.Limit);
        Assert.All(await run.Tables.UsersAsync(), user => Assert.True(user.InGuild));
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "the members are synced after the wait");

        Assert.All(await run.Tables.UsersAsync(), user => Assert.True(user.InGuild));
        Assert.DoesNotContain(await run.Tables.MemberEventsAsync(), row => row.Kind == "leave");
        Assert.Equal(0, run.Discord.Rest.CountOf("guilds/{id}/members"));
    }

    [Fact]
    public async Task Channel_that_is_moved_keeps_its_old_category_and_staff_mark()
    {
        SimChannel staff = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            staff = run.Guild.AddCategory("staff");
            run.Guild.MoveChannel(run.General, staff);
            run.StaffCategories.Add(staff.Id);
        });
        Assert.True((await run.Tables.ChannelAsync(run.General)).IsStaff);
        var open = run.Guild.AddCategory("open");

        run.Guild.MoveChannel(run.General, open);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.ChannelAsync(run.General);
        Assert.Equal(($"{open.Id}", false), (row.CategoryId, row.IsStaff));
    }

    [Fact]
    public async Task Channel_that_comes_back_stays_deleted()
    {
        await using var run = await CollectorHarness.StartAsync();
        run.Guild.DeleteChannel(run.General);
        await run.WaitUntilCommittedAsync();

        run.Guild.RestoreChannel(run.General);
        await run.WaitUntilCommittedAsync();

        Assert.False((await run.Tables.ChannelAsync(run.General)).Deleted);
    }

    [Fact]
    public async Task Deleted_thread_is_not_handled()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, owner: run.Ann);

        run.Guild.DeleteThread(thread);
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.ThreadAsync(thread)).Deleted);
    }

    [Fact]
    public async Task Thread_archived_before_the_start_and_private_thread_of_the_bot_get_no_row_and_lose_their_messages()
    {
        SimThread asleep = null!;
        SimThread secret = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            asleep = run.Guild.AddThread(run.General, "asleep", run.Ann, new ThreadOptions { Archived = true });
            secret = run.Guild.AddThread(run.General, "secret", run.Ann, new ThreadOptions { Type = SimChannelType.PrivateThread });
        });

        run.Guild.AddBotToPrivateThread(secret);
        var first = run.Guild.PostMessage(asleep, run.Ann);
        var second = run.Guild.PostMessage(secret, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal($"{asleep.Id}", (await run.Tables.MessageAsync(first))!.ThreadId);
        Assert.Equal($"{secret.Id}", (await run.Tables.MessageAsync(second))!.ThreadId);
        Assert.Equal(2, (await run.Tables.ThreadsAsync()).Count);
    }

    [Fact]
    public async Task Bot_that_joins_is_stored_as_a_person()
    {
        await using var run = await CollectorHarness.StartAsync();

        var robot = run.Guild.AddMember("robot", bot: true);
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.UserAsync(robot)).Bot);
    }

    [Fact]
    public async Task Change_of_public_flags_alone_is_not_stored()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.UpdateUser(run.Ann, publicFlags: 1);
        await run.WaitUntilCommittedAsync();

        Assert.Contains("\"staff\": true", (await run.Tables.UserAsync(run.Ann)).PublicFlags, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_that_overtakes_its_insert_is_lost()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();

        run.Guild.DeleteUnknownMessage(run.General, id);
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, run.General, run.Ann, id));
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.MessageAsync(id))!.IsDeleted);
    }

    [Fact]
    public async Task Every_channel_or_thread_event_re_reads_the_whole_guild()
    {
        await using var run = await CollectorHarness.StartAsync(
            run => run.Guild.Populate(categories: 5, channels: 40, threads: 40, members: 50));
        var requests = run.Discord.Rest.Requests.Count;
        var before = await run.Database.ScalarAsync<long>("select count(*) from channels where xmin::text::bigint > 0");

        var threads = Enumerable.Range(0, 50).Select(_ => run.Guild.AddThread(run.General, owner: run.Ann)).ToList();
        var message = run.Guild.PostMessage(threads[^1], run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(message));
        Assert.Equal(requests, run.Discord.Rest.Requests.Count);
        Assert.Equal(1, run.Discord.Gateway.MemberRequestCount);
        Assert.Equal(before, await run.Database.ScalarAsync<long>("select count(*) from channels where xmin::text::bigint > 0"));
    }

    [Fact]
    public async Task Stop_loses_everything_in_memory()
    {
        await using var run = await CollectorHarness.StartAsync();
        var messages = Enumerable.Range(0, 3_000).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();

        await run.StopAsync();
        var stored = (await run.Tables.MessagesAsync()).Count;
        var position = await run.Database.ScalarAsync<long>("select sequence from metricity.positions");

        // What was read is stored, and the position is that of the last stored row: Discord still has all that comes after it.
        var afterSync = run.Discord.Gateway.LastSequence - messages.Count;
        Assert.Equal(position - afterSync, stored);
        Assert.NotEqual(1000, run.Discord.Gateway.LastClientCloseCode);
        Assert.NotEqual(1001, run.Discord.Gateway.LastClientCloseCode);
    }

    [Fact]
    public async Task Kill_loses_what_was_read_and_not_stored()
    {
        await using var run = await CollectorHarness.StartAsync(
            run => run.DrainTimeout = TimeSpan.Zero,
            time => new SimulatorOptions { TimeProvider = time, IdentifyWindow = TimeSpan.Zero, ReplayBufferSize = 5_000 });
        var messages = Enumerable.Range(0, 3_000).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();

        await run.KillAsync();
        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(messages.Select(message => $"{message.Id}"), (await run.Tables.MessagesAsync()).Select(row => row.Id));
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Database_that_is_away_for_a_while_loses_all_that_happens_meanwhile()
    {
        await using var run = await CollectorHarness.StartAsync();
        await run.StopDatabaseAsync();
        var messages = Enumerable.Range(0, 500).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();
        await run.Log.WaitForAsync(record => record.Id.Id == LogEvents.Collect.CommitFailed, CollectorHarness.Limit);

        await run.StartDatabaseAsync();
        await run.PassTimeUntilAsync(
            () => run.Log.GetSnapshot().Any(record => record.Id.Id == LogEvents.Collect.CommitsAgain), "it commits again");
        await run.WaitUntilCommittedAsync();

        Assert.Equal(messages.Select(message => $"{message.Id}"), (await run.Tables.MessagesAsync()).Select(row => row.Id));
    }
}
