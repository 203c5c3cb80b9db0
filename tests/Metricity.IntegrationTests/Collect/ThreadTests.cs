using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.Collect;

public sealed class ThreadTests
{
    [Theory]
    [InlineData(SimChannelType.Text, SimChannelType.PublicThread, "public_thread")]
    [InlineData(SimChannelType.Announcement, SimChannelType.AnnouncementThread, "news_thread")]
    [InlineData(SimChannelType.Forum, SimChannelType.PublicThread, "public_thread")]
    [InlineData(SimChannelType.Text, SimChannelType.PrivateThread, "private_thread")]
    public async Task Thread_that_is_created_is_stored(int parentType, int type, string name)
    {
        await using var run = await CollectorHarness.StartAsync();
        var parent = run.Guild.AddChannel("parent", parentType);
        var options = new ThreadOptions { Type = type, BotIsMember = true, AutoArchiveDuration = 4320 };

        var thread = run.Guild.AddThread(parent, "talk", run.Ann, options);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.ThreadAsync(thread);
        Assert.Equal(
            new StoredThread($"{thread.Id}", $"{parent.Id}", row.CreatedAt, "talk", false, 4320, false, name, $"{run.Ann.Id}", false), row);
        var difference = row.CreatedAt!.Value - thread.CreatedAt!.Value.UtcDateTime;
        Assert.InRange(difference.Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task Thread_that_is_updated_gets_its_new_name_and_duration()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "talk", run.Ann);

        run.Guild.RenameThread(thread, "talks");
        run.Guild.SetAutoArchive(thread, 10_080);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(thread) is { Name: "talks", AutoArchiveDuration: 10_080 });
    }

    [Fact]
    public async Task Thread_without_a_time_of_creation_has_none()
    {
        await using var run = await CollectorHarness.StartAsync();

        var thread = run.Guild.AddThread(run.General, "old", run.Ann, new ThreadOptions { HasCreateTimestamp = false });
        await run.WaitUntilCommittedAsync();

        Assert.Null((await run.Tables.ThreadAsync(thread)).CreatedAt);
    }

    [Fact]
    public async Task Thread_that_is_archived_unarchived_and_locked_is_so_in_the_table()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, owner: run.Ann);

        run.Guild.ArchiveThread(thread);
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.ThreadAsync(thread) is { Archived: true, Locked: false });
        run.Guild.LockThread(thread);
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.ThreadAsync(thread) is { Archived: true, Locked: true });
        run.Guild.UnarchiveThread(thread);
        run.Guild.LockThread(thread, locked: false);
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.ThreadAsync(thread) is { Archived: false, Locked: false });
    }

    [Fact]
    public async Task Thread_that_is_deleted_stays_as_a_row_with_its_messages()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "talk", run.Ann);
        var message = run.Guild.PostMessage(thread, run.Ann);

        run.Guild.DeleteThread(thread);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(thread) is { Name: "talk", Deleted: true });
        Assert.Equal($"{thread.Id}", (await run.Tables.MessageAsync(message))!.ThreadId);
    }

    [Fact]
    public async Task Thread_list_of_a_channel_archives_what_it_does_not_list_and_deletes_nothing()
    {
        await using var run = await CollectorHarness.StartAsync();
        var other = run.Guild.AddChannel("other");
        var listed = run.Guild.AddThread(run.General, "listed", run.Ann);
        await run.WaitUntilCommittedAsync();
        await StoreUnlistedAsync(run, "4711", run.General);
        await StoreUnlistedAsync(run, "4712", other);

        run.Guild.SendThreadListSync(run.General);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(listed) is { Archived: false, Deleted: false });
        Assert.True(await run.Tables.ThreadAsync(4711) is { Archived: true, Deleted: false });
        Assert.True(await run.Tables.ThreadAsync(4712) is { Archived: false, Deleted: false });

        run.Guild.SendThreadListSync();
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.ThreadAsync(4712) is { Archived: true, Deleted: false });
    }

    [Fact]
    public async Task Threads_of_a_channel_that_becomes_visible_are_stored()
    {
        SimChannel hidden = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            hidden = run.Guild.AddChannel("backstage");
            run.Guild.Hide(hidden);
        });
        var thread = run.Guild.AddThread(hidden, "behind the scenes", run.Ann);

        run.Guild.Unhide(hidden);
        await run.WaitUntilCommittedAsync();

        Assert.Equal("behind the scenes", (await run.Tables.ThreadAsync(thread)).Name);
    }

    [Fact]
    public async Task Thread_that_was_archived_while_nobody_was_connected_is_archived_after_the_sync()
    {
        await using var run = await CollectorHarness.StartAsync();
        await StoreUnlistedAsync(run, "4711", run.General);

        await run.NewSessionAsync();
        await run.WaitUntilSyncedAsync();

        Assert.True(await run.Tables.ThreadAsync(4711) is { Archived: true, Deleted: false });
    }

    [Fact]
    public async Task Thread_that_was_archived_before_the_start_and_is_unarchived_gets_its_row()
    {
        SimThread thread = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
            thread = run.Guild.AddThread(run.General, "asleep", run.Ann, new ThreadOptions { Archived = true }));
        Assert.Empty(await run.Tables.ThreadsAsync());

        run.Guild.UnarchiveThread(thread);
        var message = run.Guild.PostMessage(thread, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(thread) is { Name: "asleep", Archived: false });
        Assert.Equal($"{thread.Id}", (await run.Tables.MessageAsync(message))!.ThreadId);
    }

    [Fact]
    public async Task Private_thread_that_the_bot_is_added_to_gets_its_row()
    {
        SimThread thread = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
            thread = run.Guild.AddThread(run.General, "private", run.Ann, new ThreadOptions { Type = SimChannelType.PrivateThread }));
        Assert.Empty(await run.Tables.ThreadsAsync());

        run.Guild.AddBotToPrivateThread(thread);
        var message = run.Guild.PostMessage(thread, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ThreadAsync(thread) is { Name: "private", Type: "private_thread" });
        Assert.Equal(($"{run.General.Id}", $"{thread.Id}"), await PlaceAsync(run, message));
    }

    [Fact]
    public async Task Thread_that_starts_from_a_message_has_its_id_and_both_are_kept()
    {
        await using var run = await CollectorHarness.StartAsync();
        var origin = run.Guild.PostMessage(run.General, run.Ann);

        var thread = run.Guild.AddThread(run.General, "from a message", run.Ann, new ThreadOptions { FromMessage = origin });
        var answer = run.Guild.PostMessage(thread, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(origin.Id, thread.Id);
        Assert.Equal(($"{run.General.Id}", null), await PlaceAsync(run, origin));
        Assert.Equal(($"{run.General.Id}", $"{thread.Id}"), await PlaceAsync(run, answer));
    }

    [Fact]
    public async Task Events_of_threads_and_channels_never_re_read_the_guild()
    {
        await using var run = await CollectorHarness.StartAsync();
        var requests = run.Discord.Rest.Requests.Count;

        for (var i = 0; i < 50; i++)
        {
            var thread = run.Guild.AddThread(run.General, owner: run.Ann);
            run.Guild.ArchiveThread(thread);
        }

        run.Guild.RenameChannel(run.General, "renamed");
        run.Guild.AddChannel("another");
        await run.WaitUntilCommittedAsync();

        Assert.Equal(50, (await run.Tables.ThreadsAsync()).Count);
        Assert.Equal(requests, run.Discord.Rest.Requests.Count);
        Assert.Equal(1, run.Discord.Gateway.MemberRequestCount);
    }

    private static async Task<(string Channel, string? Thread)> PlaceAsync(CollectorHarness run, SimMessage message)
    {
        var row = await run.Tables.MessageAsync(message);

        return (row!.ChannelId, row.ThreadId);
    }

    /// <summary>A thread that is stored as active and that Discord does not list.</summary>
    private static Task<int> StoreUnlistedAsync(CollectorHarness run, string id, SimChannel parent) => run.Database.ExecuteAsync(
        """
        insert into threads (id, parent_channel_id, name, archived, auto_archive_duration, locked, type)
        values ($1, $2, 'unlisted', false, 1440, false, 'public_thread')
        """,
        id,
        $"{parent.Id}");
}
