using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Collect;

public sealed class ChannelTests
{
    [Fact]
    public async Task Channel_that_is_created_is_stored_with_its_category_and_type()
    {
        await using var run = await CollectorHarness.StartAsync();

        var category = run.Guild.AddCategory("topics");
        var channel = run.Guild.AddChannel("help", SimChannelType.Forum, category);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(new StoredCategory($"{category.Id}", "topics", false), await run.Tables.CategoryAsync(category));
        Assert.Equal(
            new StoredChannel($"{channel.Id}", "help", $"{category.Id}", false, false, "forum"), await run.Tables.ChannelAsync(channel));
    }

    [Fact]
    public async Task Channel_and_category_that_are_renamed_get_the_new_name()
    {
        await using var run = await CollectorHarness.StartAsync();
        var category = run.Guild.AddCategory("topics");

        run.Guild.RenameChannel(run.General, "renamed");
        run.Guild.RenameChannel(category, "themes");
        await run.WaitUntilCommittedAsync();

        Assert.Equal("renamed", (await run.Tables.ChannelAsync(run.General)).Name);
        Assert.Equal("themes", (await run.Tables.CategoryAsync(category)).Name);
    }

    [Fact]
    public async Task Channel_that_is_converted_gets_the_new_type()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.ConvertChannel(run.General, SimChannelType.Announcement);
        await run.WaitUntilCommittedAsync();

        Assert.Equal("news", (await run.Tables.ChannelAsync(run.General)).Type);
    }

    [Fact]
    public async Task Channel_that_is_moved_to_a_staff_category_becomes_staff_and_back()
    {
        SimChannel staff = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            staff = run.Guild.AddCategory("staff");
            run.StaffCategories.Add(staff.Id);
        });

        run.Guild.MoveChannel(run.General, staff);
        await run.WaitUntilCommittedAsync();
        var inside = await run.Tables.ChannelAsync(run.General);
        run.Guild.MoveChannel(run.General, null);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(($"{staff.Id}", true), (inside.CategoryId, inside.IsStaff));
        var outside = await run.Tables.ChannelAsync(run.General);
        Assert.Equal((null, false), (outside.CategoryId, outside.IsStaff));
    }

    [Fact]
    public async Task Channel_that_the_settings_name_is_staff()
    {
        await using var run = await CollectorHarness.StartAsync(run => run.StaffChannels.Add(run.General.Id));

        Assert.True((await run.Tables.ChannelAsync(run.General)).IsStaff);
    }

    [Fact]
    public async Task Channel_that_is_moved_into_an_ignored_category_is_ignored_from_then_on_and_back()
    {
        SimChannel ignored = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            ignored = run.Guild.AddCategory("archive");
            run.IgnoreCategories.Add(ignored.Id);
        });

        var before = run.Guild.PostMessage(run.General, run.Ann);
        run.Guild.MoveChannel(run.General, ignored);
        run.Guild.PostMessage(run.General, run.Ann);
        run.Guild.MoveChannel(run.General, null);
        var after = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal([$"{before.Id}", $"{after.Id}"], (await run.Tables.MessagesAsync()).Select(row => row.Id));
    }

    [Fact]
    public async Task Channel_that_is_deleted_stays_as_a_row_with_its_name_and_its_threads_are_deleted_too()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "talk", run.Ann);
        var message = run.Guild.PostMessage(thread, run.Ann);
        await run.WaitUntilCommittedAsync();

        run.Guild.DeleteChannel(run.General);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ChannelAsync(run.General) is { Deleted: true, Name: "general" });
        Assert.True(await run.Tables.ThreadAsync(thread) is { Deleted: true, Name: "talk" });
        Assert.False((await run.Tables.MessageAsync(message))!.IsDeleted);
    }

    [Fact]
    public async Task Category_that_is_deleted_stays_as_a_row_and_its_channels_lose_it()
    {
        SimChannel category = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            category = run.Guild.AddCategory("topics");
            run.Guild.MoveChannel(run.General, category);
        });

        run.Guild.DeleteChannel(category);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(new StoredCategory($"{category.Id}", "topics", true), await run.Tables.CategoryAsync(category));
        Assert.True(await run.Tables.ChannelAsync(run.General) is { CategoryId: null, Deleted: false });
    }

    [Fact]
    public async Task Channel_and_category_that_come_back_are_not_deleted_any_more()
    {
        await using var run = await CollectorHarness.StartAsync();
        var category = run.Guild.AddCategory("topics");
        run.Guild.DeleteChannel(run.General);
        run.Guild.DeleteChannel(category);
        await run.WaitUntilCommittedAsync();
        Assert.True((await run.Tables.ChannelAsync(run.General)).Deleted);

        run.Guild.RestoreChannel(run.General);
        run.Guild.RestoreChannel(category);
        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.False((await run.Tables.ChannelAsync(run.General)).Deleted);
        Assert.False((await run.Tables.CategoryAsync(category)).Deleted);
        Assert.NotNull(await run.Tables.MessageAsync(message));
    }

    [Fact]
    public async Task Channel_that_becomes_hidden_keeps_its_name_and_is_not_deleted()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, "talk", run.Ann);
        await run.WaitUntilCommittedAsync();

        run.Guild.Hide(run.General);
        await run.WaitUntilCommittedAsync();
        await run.NewSessionAsync();
        await run.WaitUntilSyncedAsync();

        Assert.True(await run.Tables.ChannelAsync(run.General) is { Name: "general", Deleted: false });
        Assert.True(await run.Tables.ThreadAsync(thread) is { Name: "talk", Deleted: false, Archived: false });
    }

    [Fact]
    public async Task Channel_that_was_hidden_from_the_start_gets_its_row_when_it_becomes_visible()
    {
        SimChannel hidden = null!;
        await using var run = await CollectorHarness.StartAsync(run =>
        {
            hidden = run.Guild.AddChannel("backstage");
            run.Guild.Hide(hidden);
        });
        Assert.DoesNotContain(await run.Tables.ChannelsAsync(), channel => channel.Id == $"{hidden.Id}");

        run.Guild.Unhide(hidden);
        var message = run.Guild.PostMessage(hidden, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal("backstage", (await run.Tables.ChannelAsync(hidden)).Name);
        Assert.NotNull(await run.Tables.MessageAsync(message));
    }

    [Fact]
    public async Task Channel_that_was_deleted_while_nobody_was_connected_is_deleted_when_discord_says_that_it_is_unknown()
    {
        await using var run = await CollectorHarness.StartAsync();
        var gone = run.Guild.AddChannel("gone");
        var category = run.Guild.AddCategory("gone too");
        await run.WaitUntilCommittedAsync();
        run.Guild.DeleteChannelSilently(gone);
        run.Guild.DeleteChannelSilently(category);

        await run.NewSessionAsync();

        await Tables.EventuallyAsync(
            async () => (await run.Tables.ChannelAsync(gone)).Deleted && (await run.Tables.CategoryAsync(category)).Deleted,
            "what Discord no longer knows is deleted");
        Assert.Equal("gone", (await run.Tables.ChannelAsync(gone)).Name);
        Assert.False((await run.Tables.ChannelAsync(run.General)).Deleted);
    }

    [Fact]
    public async Task Absence_from_a_list_is_no_deletion()
    {
        await using var run = await CollectorHarness.CreateAsync();
        await run.Database.ExecuteAsync("insert into channels (id, name, is_staff) values ('4711', 'not listed', false)");
        run.Discord.Rest.Fail("channels/{id}", 403, times: 100, code: 50001);

        run.StartCollector();
        await run.WaitUntilSyncedAsync();
        await run.Discord.Rest.WaitForRequestAsync("channels/{id}", guard: CollectorHarness.Limit);
        await run.Log.WaitForAsync(record => record.Id.Id == LogEvents.Collect.LookupFailed, CollectorHarness.Limit);
        run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.ChannelAsync(4711) is { Name: "not listed", Deleted: false });
    }

    [Fact]
    public async Task Only_what_changed_is_written()
    {
        await using var run = await CollectorHarness.StartAsync(
            run => run.Guild.Populate(categories: 3, channels: 10, threads: 5, members: 20));
        var before = await VersionsAsync(run);

        run.Guild.RenameChannel(run.General, "renamed");
        run.Guild.RenameChannel(run.General, "renamed");
        await run.WaitUntilCommittedAsync();

        var after = await VersionsAsync(run);
        Assert.Equal([$"channels {run.General.Id}"], after.Except(before).Select(row => string.Join(' ', row.Split(' ')[..2])));
    }

    /// <summary>Table, id and row version of everything.</summary>
    private static Task<IReadOnlyList<string>> VersionsAsync(CollectorHarness run) => run.Database.ListAsync<string>(
        """
        select 'categories ' || id || ' ' || xmin from categories
        union all select 'channels ' || id || ' ' || xmin from channels
        union all select 'threads ' || id || ' ' || xmin from threads
        union all select 'users ' || id || ' ' || xmin from users
        """);
}
