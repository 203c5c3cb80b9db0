using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Which messages are kept, and where they belong.</summary>
public sealed class MessageTests
{
    [Fact]
    public async Task Message_is_stored_with_channel_author_type_and_time()
    {
        await using var run = await CollectorHarness.StartAsync();

        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.MessageAsync(message);
        Assert.Equal(
            new StoredMessage(
                $"{message.Id}", $"{run.General.Id}", null, $"{run.Ann.Id}", message.CreatedAt.UtcDateTime, false, 0, null, null),
            row);
    }

    [Fact]
    public async Task Direct_messages_are_skipped()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Discord.World.NextId(), 4711, null, run.Ann.Id));
        run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { Ephemeral = true });
        await run.WaitUntilCommittedAsync();

        Assert.Empty(await run.Tables.MessagesAsync());
        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Id == "4711");
    }

    [Fact]
    public async Task Messages_of_other_guilds_are_skipped()
    {
        await using var run = await CollectorHarness.StartAsync();
        var other = run.Discord.World.AddGuild("Other");
        var stranger = other.AddMember("stranger");

        other.PostMessage(other.AddChannel("elsewhere"), stranger);
        await run.WaitUntilCommittedAsync();

        Assert.Empty(await run.Tables.MessagesAsync());
        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Name == "elsewhere");
        Assert.DoesNotContain(await run.Tables.UsersAsync(), user => user.Name == "stranger");
    }

    [Fact]
    public async Task Messages_of_bots_and_webhooks_are_skipped()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.PostMessage(run.General, run.Guild.AddMember("robot", bot: true));
        run.Guild.PostMessage(run.General, options: new MessageOptions { Webhook = true });
        run.Guild.PostMessage(run.General, run.Guild.BotMember);
        await run.WaitUntilCommittedAsync();

        Assert.Empty(await run.Tables.MessagesAsync());
        Assert.DoesNotContain(await run.Tables.UsersAsync(), user => user.Name == "webhook");
    }

    [Fact]
    public async Task Messages_of_bots_and_webhooks_are_kept_when_the_setting_says_so()
    {
        await using var run = await CollectorHarness.StartAsync(run => run.CollectBots = true);
        var robot = run.Guild.AddMember("robot", bot: true);

        var ofBot = run.Guild.PostMessage(run.General, robot);
        var ofWebhook = run.Guild.PostMessage(run.General, options: new MessageOptions { Webhook = true });
        await run.WaitUntilCommittedAsync();

        Assert.Equal($"{robot.Id}", (await run.Tables.MessageAsync(ofBot))!.AuthorId);
        var author = await run.Tables.UserAsync(ofWebhook.Author.Id);
        Assert.Equal((true, false), (author.Bot, author.InGuild));
    }

    [Fact]
    public async Task Messages_in_ignored_categories_are_skipped_also_those_in_threads()
    {
        SimChannel ignored = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            var category = run.Guild.AddCategory("archive");
            ignored = run.Guild.AddChannel("old", parent: category);
            run.IgnoreCategories.Add(category.Id);
        });
        var thread = run.Guild.AddThread(ignored, "old thread", options: new ThreadOptions { FirstMessage = false });

        run.Guild.PostMessage(ignored, run.Ann);
        run.Guild.PostMessage(thread, run.Ann);
        var kept = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal([$"{kept.Id}"], (await run.Tables.MessagesAsync()).Select(row => row.Id));
        Assert.Equal("old", (await run.Tables.ChannelAsync(ignored)).Name);
        Assert.Equal("old thread", (await run.Tables.ThreadAsync(thread)).Name);
    }

    [Fact]
    public async Task Types_thread_created_and_auto_moderation_action_are_skipped_and_the_type_of_all_others_is_kept()
    {
        await using var run = await CollectorHarness.StartAsync();
        int[] kept = [0, 6, 7, 8, 19, 20, 21, 23, 25, 46, 68];

        foreach (var type in kept.Append(18).Append(24))
        {
            run.Guild.PostMessage(run.General, run.Ann, new MessageOptions { Type = type });
        }

        await run.WaitUntilCommittedAsync();

        Assert.Equal(kept, (await run.Tables.MessagesAsync()).Select(row => row.Type!.Value));
    }

    [Fact]
    public async Task Message_in_a_thread_has_the_parents_id_as_channel_and_the_threads_id_beside_it()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, owner: run.Ann);

        var message = run.Guild.PostMessage(thread, run.Ann);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.MessageAsync(message);
        Assert.Equal(($"{run.General.Id}", $"{thread.Id}"), (row!.ChannelId, row.ThreadId));
    }

    [Fact]
    public async Task Forum_post_is_stored_whether_its_message_or_its_thread_comes_first()
    {
        await using var run = await CollectorHarness.StartAsync();
        var forum = run.Guild.AddChannel("help", SimChannelType.Forum);

        var threadFirst = run.Guild.AddThread(forum, "one", run.Ann);
        var messageFirst = run.Guild.AddThread(forum, "two", run.Ann, new ThreadOptions { MessageFirst = true });
        await run.WaitUntilCommittedAsync();

        foreach (var thread in new[] { threadFirst, messageFirst })
        {
            var row = await run.Tables.MessageAsync(thread.Id);
            Assert.Equal(($"{forum.Id}", $"{thread.Id}"), (row!.ChannelId, row.ThreadId));
            Assert.Equal(thread.Name, (await run.Tables.ThreadAsync(thread)).Name);
        }

        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Name.StartsWith("unknown-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Author_not_yet_known_is_written_from_what_the_payload_holds()
    {
        await using var run = await CollectorHarness.StartAsync();
        var stranger = run.Guild.AddStranger("drifter");

        var message = run.Guild.PostMessage(run.General, stranger);
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(message));
        Assert.Equal("drifter", (await run.Tables.UserAsync(stranger)).Name);
    }

    [Fact]
    public async Task Author_whose_member_object_is_missing_is_written_as_no_member()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch(
            "MESSAGE_CREATE", Payloads.Message(id, run.General.Id, run.Guild.Id, 4711_000_000_000_000, "ghost"));
        await run.WaitUntilCommittedAsync();

        Assert.NotNull(await run.Tables.MessageAsync(id));
        var ghost = await run.Tables.UserAsync(4711_000_000_000_000);
        Assert.Equal(("ghost", false, ghost.CreatedAt), (ghost.Name, ghost.InGuild, ghost.JoinedAt));
    }

    [Fact]
    public async Task Message_in_a_thread_not_yet_known_fetches_the_thread()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "archived before", run.Ann, new ThreadOptions { Archived = true });
        var id = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, id));
        await run.WaitUntilCommittedAsync();
        await Tables.EventuallyAsync(
            async () => (await run.Tables.MessageAsync(id))!.ThreadId == $"{thread.Id}", "the message is in the thread that was fetched");

        Assert.Equal($"{run.General.Id}", (await run.Tables.MessageAsync(id))!.ChannelId);
        Assert.Equal("archived before", (await run.Tables.ThreadAsync(thread)).Name);
        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Id == $"{thread.Id}");
        Assert.Equal(1, run.Discord.Rest.CountOf("channels/{id}"));
    }

    [Fact]
    public async Task Message_in_a_channel_not_yet_known_fetches_the_channel()
    {
        await using var run = await CollectorHarness.StartAsync();
        await run.StopAsync();
        await run.Database.ExecuteAsync("delete from channels");
        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);

        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal($"{run.General.Id}", (await run.Tables.MessageAsync(message))!.ChannelId);
        await Tables.EventuallyAsync(
            async () => await run.Tables.ChannelAsync(run.General) is { Name: "general", Type: "text" }, "the channel is fetched");
    }

    [Fact]
    public async Task Message_in_a_channel_that_nobody_can_tell_of_is_kept_under_a_stand_in_that_gives_way_when_the_facts_come()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "secret", run.Ann, new ThreadOptions { Archived = true });
        run.Discord.Rest.Fail("channels/{id}", 403, times: 1, code: 50001);
        var first = run.Discord.World.NextId();
        var second = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, first));
        await run.WaitUntilCommittedAsync();
        Assert.Equal($"{thread.Id}", (await run.Tables.MessageAsync(first))!.ChannelId);
        Assert.Equal($"unknown-{thread.Id}", (await run.Tables.ChannelAsync(thread.Id)).Name);
        run.Guild.UnarchiveThread(thread);
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, thread, run.Ann, second));
        await run.WaitUntilCommittedAsync();

        foreach (var id in new[] { first, second })
        {
            var row = await run.Tables.MessageAsync(id);
            Assert.Equal(($"{run.General.Id}", $"{thread.Id}"), (row!.ChannelId, row.ThreadId));
        }

        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Id == $"{thread.Id}");
    }

    [Fact]
    public async Task Message_that_is_delivered_twice_is_stored_once()
    {
        await using var run = await CollectorHarness.StartAsync();
        var payload = Payloads.Message(run.Guild, run.General, run.Ann);

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", payload);
        run.Discord.Gateway.DuplicateLast();
        await run.WaitUntilCommittedAsync();
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", payload);
        await run.WaitUntilCommittedAsync();

        Assert.Single(await run.Tables.MessagesAsync());
    }

    [Fact]
    public async Task Edit_is_stored_with_its_time_and_an_update_that_is_no_edit_changes_nothing()
    {
        await using var run = await CollectorHarness.StartAsync();
        var edited = run.Guild.PostMessage(run.General, run.Ann);
        var touched = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        run.Guild.EditMessage(edited);
        run.Guild.TouchMessage(touched);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.MessageAsync(edited);
        var difference = row!.EditedAt!.Value - edited.EditedAt!.Value.UtcDateTime;
        Assert.InRange(difference.Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.Null((await run.Tables.MessageAsync(touched))!.EditedAt);
    }
}
