using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Collect;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Coverage;

/// <summary>What was missed is fetched over REST, and what could not be had is known.</summary>
public sealed class HealingTests
{
    [Fact]
    public async Task Two_hours_offline_with_the_session_lost_are_healed_to_the_truth()
    {
        await using var bed = await HealBed.StartAsync();
        var forum = bed.Guild.AddChannel("help", SimChannelType.Forum);
        var voice = bed.Guild.AddChannel("voice", SimChannelType.Voice);
        var news = bed.Guild.AddChannel("news", SimChannelType.Announcement);
        var leaver = bed.Guild.AddMember("leaver");
        var deleted = Post(bed, bed.General, 5);
        var stays = Post(bed, bed.General, 3);
        var archivedBefore = bed.Guild.AddThread(bed.General, "long quiet");
        bed.Guild.ArchiveThread(archivedBefore);
        var archivedInTheGap = bed.Guild.AddThread(bed.General, "soon archived");
        var deletedThread = bed.Guild.AddThread(news, "soon gone");
        var deletedChannel = bed.Guild.AddChannel("soon gone");
        Post(bed, deletedChannel, 2);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();

        bed.Time.Skip(TimeSpan.FromMinutes(20));
        Post(bed, bed.General, 250);
        bed.Guild.DeleteMessage(deleted[0]);
        bed.Guild.BulkDelete(deleted[2..4]);
        bed.Guild.EditMessage(stays[0]);
        Post(bed, voice, 3);
        bed.Guild.PostMessage(archivedBefore, bed.Ann);
        Post(bed, archivedInTheGap, 4);
        bed.Guild.ArchiveThread(archivedInTheGap);
        bed.Guild.DeleteThread(deletedThread);
        bed.Guild.DeleteChannel(deletedChannel);
        bed.Time.Skip(TimeSpan.FromMinutes(100));
        var post = bed.Guild.AddThread(forum, "a question", bed.Ann);
        Post(bed, post, 2);
        bed.Guild.ArchiveThread(post);
        var hidden = bed.Guild.AddThread(bed.General, "born and archived", bed.Ann);
        Post(bed, hidden, 1);
        bed.Guild.ArchiveThread(hidden);
        bed.Guild.RemoveMember(leaver);
        var newcomer = bed.Guild.AddMember("newcomer");
        bed.Guild.PostMessage(news, newcomer);
        bed.ExpireSession();

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilHealedAsync();

        await AssertTruthAsync(bed);
        Assert.Equal(["live", "healed: the connection was lost for too long", "live"], await bed.CoverageAsync());
        Assert.Equal("history", await bed.Database.ScalarAsync<string>("select healed_by from coverage where status = 'healed'"));
        Assert.Equal(3L, await bed.Database.ScalarAsync<long>("select deletions_inferred from coverage where status = 'healed'"));
        Assert.Equal(
            3L, await bed.Database.ScalarAsync<long>("select count(*) from messages where is_deleted and deleted_at is null"));
        Assert.True(await bed.ScalarTrueAsync(
            $"""
            select inferred and latest - earliest between interval '2 hours' and interval '125 minutes'
            from member_events where user_id = '{leaver.Id}' and kind = 'leave'
            """));
        Assert.Empty(bed.Discord.Gateway.Failures);
    }

    [Fact]
    public async Task Channel_without_read_message_history_keeps_its_gap_open_until_the_permission_comes_back()
    {
        await using var bed = await HealBed.StartAsync();
        var secret = bed.Guild.AddChannel("secret");
        var stored = Post(bed, secret, 5);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        bed.Time.Skip(TimeSpan.FromMinutes(10));
        var missed = Post(bed, secret, 3);
        var missedElsewhere = Post(bed, bed.General, 3);
        bed.Guild.DeleteMessage(stored[1]);
        bed.Guild.HideHistory(secret);
        bed.ExpireSession();

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);
        await bed.WaitForAsync(() => bed.ScalarTrueAsync(LeftOpen), "the rest is healed");

        Assert.Equal(["session_lost"], await bed.OpenGapsAsync());
        Assert.Equal(0, await bed.Database.ScalarAsync<long>("select count(*) from messages where is_deleted"));
        Assert.Equal(
            ["the bot lacks Read Message History"],
            await bed.Database.ListAsync<string>($"select distinct reason from coverage_channels where name = 'secret'"));
        Assert.Equal(3, await CountAsync(bed, missedElsewhere));
        Assert.Equal(0, await CountAsync(bed, missed));

        bed.Guild.Unhide(secret);
        await bed.WaitUntilHealedAsync();

        await AssertTruthAsync(bed);
        Assert.True(await bed.ScalarTrueAsync($"select is_deleted and deleted_at is null from messages where id = '{stored[1].Id}'"));
    }

    [Fact]
    public async Task Role_that_gives_the_permission_back_heals_too()
    {
        await using var bed = await HealBed.StartAsync();
        Post(bed, bed.General, 2);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        Post(bed, bed.General, 3);
        bed.Guild.SetBotPermissions(SimPermissions.View);
        bed.Guild.UpdateRole(bed.Guild.Roles.Single(role => role.Id == bed.Guild.Id), permissions: SimPermissions.View);
        bed.ExpireSession();
        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);
        await bed.WaitForAsync(() => bed.ScalarTrueAsync(LeftOpen), "the gap is left open");

        bed.Guild.SetBotPermissions(SimPermissions.View | SimPermissions.History);
        await bed.WaitUntilHealedAsync();

        await AssertTruthAsync(bed);
    }

    [Fact]
    public async Task Permission_that_is_lost_between_plan_and_page_deletes_nothing()
    {
        await using var bed = await HealBed.StartAsync();
        Post(bed, bed.General, 20);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        bed.ExpireSession();
        var done = false;
        bed.Discord.Rest.BeforeAnswer = template =>
        {
            if (!done && template.EndsWith("messages", StringComparison.Ordinal))
            {
                done = true;
                bed.Guild.HideHistory(bed.General);
            }
        };

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);
        await bed.WaitForAsync(() => bed.ScalarTrueAsync(LeftOpen), "the gap is left open");

        Assert.True(done);
        Assert.Equal(0, await bed.Database.ScalarAsync<long>("select count(*) from messages where is_deleted"));
    }

    [Fact]
    public async Task Thread_that_is_taken_up_again_while_the_lists_are_read_is_healed_too()
    {
        await using var bed = await HealBed.StartAsync();
        var thread = bed.Guild.AddThread(bed.General, "restless", bed.Ann);
        bed.Guild.ArchiveThread(thread);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        Post(bed, thread, 3);
        bed.Guild.ArchiveThread(thread);
        bed.ExpireSession();
        var done = false;
        bed.Discord.Rest.BeforeAnswer = template =>
        {
            if (!done && template.EndsWith("archived/public", StringComparison.Ordinal))
            {
                done = true;
                bed.Guild.UnarchiveThread(thread);
            }
        };

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilHealedAsync();

        Assert.True(done);
        await AssertTruthAsync(bed);
    }

    [Fact]
    public async Task Deletion_that_is_seen_live_while_history_is_fetched_wins()
    {
        await using var bed = await HealBed.StartAsync();
        var stored = Post(bed, bed.General, 2);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        var missed = Post(bed, bed.General, 2);
        bed.ExpireSession();
        var done = false;
        bed.Discord.Rest.BeforeAnswer = template =>
        {
            if (!done && template.EndsWith("messages", StringComparison.Ordinal))
            {
                done = true;
                bed.Guild.DeleteMessage(stored[0]);
                bed.Guild.DeleteMessage(missed[0]);
            }
        };

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilHealedAsync();

        Assert.True(done);
        Assert.True(await bed.ScalarTrueAsync($"select is_deleted and deleted_at is not null from messages where id = '{stored[0].Id}'"));
        Assert.True(await bed.ScalarTrueAsync($"select not is_deleted from messages where id = '{missed[1].Id}'"));
        Assert.False(await bed.ScalarTrueAsync($"select not is_deleted from messages where id = '{missed[0].Id}'"));
    }

    [Fact]
    public async Task Kill_in_the_middle_goes_on_at_the_same_page()
    {
        await using var bed = await HealBed.StartAsync();
        await bed.StopAsync();
        Post(bed, bed.General, 3000);
        bed.ExpireSession();
        bed.DrainTimeout = TimeSpan.Zero;

        for (var run = 1; run <= 3; run++)
        {
            var before = Pages(bed).Count;
            bed.StartCollector();
            await bed.PassTimeUntilAsync(() => Pages(bed).Count > before + 4, $"run {run} fetches pages");
            await bed.KillAsync();
        }

        bed.StartCollector();
        await bed.WaitUntilHealedAsync();

        await AssertTruthAsync(bed);
        var pages = Pages(bed);
        Assert.All(pages.GroupBy(page => page), page => Assert.True(page.Count() <= 2, $"{page.Key}: {page.Count()} times"));
        Assert.InRange(pages.Count, 31, 31 + 3 + 1);
    }

    [Fact]
    public async Task Guild_outage_and_missing_sequences_are_healed_as_well()
    {
        await using var bed = await HealBed.StartAsync();
        var stored = Post(bed, bed.General, 2);
        await bed.WaitUntilCommittedAsync();

        bed.Guild.SetUnavailable(true);
        Post(bed, bed.General, 3);
        bed.Guild.DeleteMessage(stored[0]);
        var leaver = bed.Guild.AddMember("leaver");
        bed.Guild.SetUnavailable(false);
        await bed.WaitUntilHealedAsync();
        await AssertTruthAsync(bed);

        bed.Discord.Gateway.SkipSequence(5);
        bed.Guild.DeleteMessageSilently(stored[1]);
        bed.Guild.RemoveMemberSilently(leaver);
        Post(bed, bed.General, 1);
        await bed.WaitUntilCommittedAsync();
        await bed.WaitUntilHealedAsync();
        await AssertTruthAsync(bed);
        Assert.Equal(
            ["live", "healed: the server was in an outage at Discord", "live", "healed: Discord left out events", "live"],
            await bed.CoverageAsync());
    }

    [Fact]
    public async Task Hidden_channel_that_was_collected_keeps_the_gap_open_and_one_that_never_was_does_not()
    {
        await using var bed = await HealBed.StartAsync();
        var neverSeen = bed.Guild.AddChannel("never seen");
        bed.Guild.Hide(neverSeen);
        var seen = bed.Guild.AddChannel("seen");
        Post(bed, seen, 1);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        Post(bed, seen, 1);
        Post(bed, neverSeen, 1);
        bed.Guild.Hide(seen);
        bed.ExpireSession();

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);
        await bed.WaitForAsync(
            async () => await bed.ScalarTrueAsync(LeftOpen)
                && (await bed.Database.ListAsync<string>(Unreadable)).SequenceEqual([$"{seen.Id}"]),
            "the gap is left open for the channel that was collected alone");

        bed.Guild.Unhide(seen);
        await bed.WaitUntilHealedAsync();
        Assert.Equal(2, await CountAsync(bed, seen.Messages));
    }

    [Fact]
    public async Task Channel_that_is_hidden_has_a_gap_of_its_own_which_is_healed_when_it_is_seen_again()
    {
        await using var bed = await HealBed.StartAsync();
        var staff = bed.Guild.AddChannel("staff");
        var stored = Post(bed, staff, 4);
        var thread = bed.Guild.AddThread(staff, "soon archived");
        Post(bed, thread, 1);
        await bed.WaitUntilCommittedAsync();

        bed.Guild.Hide(staff);
        await bed.WaitUntilCommittedAsync();
        Assert.Equal(["live", "gap: the bot could not see the channel"], await bed.CoverageAsync());
        Assert.True(await bed.ScalarTrueAsync($"select goes_on from coverage where channel_id = '{staff.Id}'"));

        bed.Time.Skip(TimeSpan.FromMinutes(10));
        var missed = Post(bed, staff, 3);
        bed.Guild.DeleteMessage(stored[0]);
        bed.Guild.EditMessage(stored[1]);
        bed.Guild.ArchiveThread(thread);
        await bed.StopAsync();
        bed.StartCollector();
        await bed.Discord.Gateway.WaitForResumedAsync();
        bed.Guild.Unhide(staff);
        await bed.WaitUntilHealedAsync();

        Assert.Equal(3, await CountAsync(bed, missed));
        Assert.True(await bed.ScalarTrueAsync($"select is_deleted and deleted_at is null from messages where id = '{stored[0].Id}'"));
        Assert.True(await bed.ScalarTrueAsync($"select edited_at is not null and not is_deleted from messages where id = '{stored[1].Id}'"));
        Assert.True(await bed.ScalarTrueAsync($"select archived and archived_at is not null from threads where id = '{thread.Id}'"));
        Assert.Equal(
            ["healed: the bot could not see the channel"],
            await bed.Database.ListAsync<string>("select status || ': ' || reason from coverage where channel_id is not null"));
    }

    [Fact]
    public async Task Channel_that_was_hidden_without_a_word_is_healed_from_its_newest_stored_message_on()
    {
        await using var bed = await HealBed.StartAsync();
        var never = bed.Guild.AddChannel("never collected");
        var staff = bed.Guild.AddChannel("staff");
        var stored = Post(bed, staff, 3);
        await bed.WaitUntilCommittedAsync();

        bed.Guild.HideSilently(staff);
        bed.Guild.HideSilently(never);
        bed.Time.Skip(TimeSpan.FromMinutes(10));
        var missed = Post(bed, staff, 2);
        bed.Guild.DeleteMessage(stored[2]);
        bed.Guild.Unhide(staff);
        bed.Guild.Unhide(never);
        Post(bed, staff, 1);
        await bed.WaitUntilHealedAsync();

        Assert.Equal(2, await CountAsync(bed, missed));
        Assert.True(await bed.ScalarTrueAsync($"select is_deleted from messages where id = '{stored[2].Id}'"));
        Assert.Equal(
            [$"{staff.Id} true"],
            await bed.Database.ListAsync<string>(
                $"""
                select c.channel_id || ' ' || (c.started_at = m.created_at)
                from coverage c, messages m
                where c.channel_id is not null and m.id = '{stored[2].Id}'
                """));
    }

    private const string Unreadable = "select distinct channel_id from coverage_channels where state = 'unreadable'";

    private const string LeftOpen = "select coalesce(bool_or(parts_open = 0 and parts_unreadable > 0), false) from coverage";

    private static List<SimMessage> Post(CollectorHarness bed, SimChannel channel, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => bed.Guild.PostMessage(channel, bed.Ann))];

    private static List<string> Pages(CollectorHarness bed) =>
        [.. bed.Discord.Rest.Requests.Select(request => request.Path)
            .Where(path => path.Contains($"/{bed.General.Id}/messages", StringComparison.Ordinal))];

    private static Task<long> CountAsync(CollectorHarness bed, IEnumerable<SimMessage> messages) => bed.Database.ScalarAsync<long>(
        "select count(*) from messages where id = any($1)", (object)messages.Select(message => $"{message.Id}").ToArray());

    private static async Task AssertTruthAsync(CollectorHarness bed)
    {
        var comparison = new Comparison(bed.Discord.World.Truth(bed.Guild), staffRoleId: 0, bed.Database.DataSource);
        var differences = (await comparison.RunAsync(CancellationToken.None)).SelectMany(table => table.Differences);
        var text = string.Join('\n', differences);
        Assert.True(text.Length == 0, text);
    }
}
