using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Collect;

/// <summary>What is asked over REST is asked beside the log: no live event waits for an answer.</summary>
public sealed class BesideTheLogTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Live_messages_are_stored_while_every_route_of_rest_answers_429()
    {
        await using var run = await CollectorHarness.StartAsync();
        run.Discord.Rest.RateLimitNext("global", Wait, times: 1_000);
        run.Discord.Gateway.SkipSequence(5);
        var afterTheGap = run.Guild.PostMessage(run.General, run.Ann);
        await run.Discord.Rest.WaitForRequestAsync("guilds/{id}/channels", guard: CollectorHarness.Limit);

        var messages = Enumerable.Range(0, 20).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();
        await run.WaitUntilCommittedAsync();

        Assert.Equal(
            [$"{afterTheGap.Id}", .. messages.Select(message => $"{message.Id}")],
            (await run.Tables.MessagesAsync()).Select(message => message.Id));
        Assert.False(await run.IsSyncedAsync());
        run.Discord.Rest.ClearFaults();
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "what was asked for comes in the end");
    }

    [Fact]
    public async Task Comparison_that_lost_events_made_due_is_made_by_the_next_start_when_this_one_is_killed_before_it()
    {
        await using var run = await CollectorHarness.StartAsync(run => run.DrainTimeout = TimeSpan.Zero);
        var leaver = run.Guild.AddMember("leaver");
        await run.WaitUntilCommittedAsync();
        run.Discord.Rest.RateLimitNext("global", Wait, times: 1_000);
        run.Guild.RemoveMemberSilently(leaver);
        run.Discord.Gateway.SkipSequence(5);
        run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();
        await run.KillAsync();
        Assert.True((await run.Tables.UserAsync(leaver)).InGuild);

        run.Discord.Rest.ClearFaults();
        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);
        await run.PassTimeUntilAsync(run.IsSyncedAsync, "the guild is synced");

        Assert.False((await run.Tables.UserAsync(leaver)).InGuild);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Channel_that_nobody_can_tell_of_for_a_minute_delays_no_later_event()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "archived before", run.Ann, new ThreadOptions { Archived = true });
        run.Discord.Rest.RateLimitNext("user", Wait, "channels/{id}", times: 1_000);
        var there = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, there));
        var elsewhere = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal($"{thread.Id}", (await run.Tables.MessageAsync(there))!.ChannelId);
        Assert.Equal($"unknown-{thread.Id}", (await run.Tables.ChannelAsync(thread.Id)).Name);
        Assert.NotNull(await run.Tables.MessageAsync(elsewhere));
        Assert.DoesNotContain(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.LookupFailed);
        await run.Discord.Rest.WaitForRequestAsync("channels/{id}", guard: CollectorHarness.Limit);
        run.Discord.Rest.ClearFaults();
        await run.PassTimeUntilAsync(
            async () => (await run.Tables.MessageAsync(there))!.ThreadId == $"{thread.Id}", "the message is moved to its thread");
    }

    [Fact]
    public async Task Stand_in_that_a_stop_left_behind_is_settled_by_the_next_start()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "archived before", run.Ann, new ThreadOptions { Archived = true });
        run.Discord.Rest.RateLimitNext("user", Wait, "channels/{id}", times: 1_000);
        var message = run.Discord.World.NextId();
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, message));
        await run.WaitUntilCommittedAsync();
        await run.StopAsync();
        Assert.Equal($"unknown-{thread.Id}", (await run.Tables.ChannelAsync(thread.Id)).Name);
        run.Discord.Rest.ClearFaults();
        run.Time.Skip(Wait);

        run.StartCollector();

        await Tables.EventuallyAsync(
            async () => (await run.Tables.MessageAsync(message))!.ThreadId == $"{thread.Id}", "the message is moved to its thread");
        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Id == $"{thread.Id}");
    }

    [Fact]
    public async Task Messages_under_a_stand_in_that_turns_out_to_be_in_an_ignored_category_are_removed_and_counted_nowhere()
    {
        SimChannel secret = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            var ignored = run.Guild.AddChannel("ignored", SimChannelType.Category);
            secret = run.Guild.AddChannel("secret", parent: ignored);
            run.IgnoreCategories.Add(ignored.Id);
        });
        var thread = run.Guild.AddThread(secret, "archived before", run.Ann, new ThreadOptions { Archived = true });
        run.Discord.Rest.RateLimitNext("user", Wait, "channels/{id}", times: 1_000);
        var message = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, message));
        await run.WaitUntilCommittedAsync();
        Assert.NotNull(await run.Tables.MessageAsync(message));
        run.Discord.Rest.ClearFaults();
        await run.PassTimeUntilAsync(
            async () => (await run.Tables.ThreadsAsync()).Any(stored => stored.Id == $"{thread.Id}"), "the thread is fetched");

        Assert.Empty(await run.Tables.MessagesAsync());
        await using var connection = await run.Database.DataSource.OpenConnectionAsync();
        Assert.Empty(await RollupCheck.DifferencesAsync(connection, "public"));
    }
}
