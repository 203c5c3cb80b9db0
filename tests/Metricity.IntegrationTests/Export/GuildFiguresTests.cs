using Metricity.Collect;
using Metricity.Export;
using Metricity.IntegrationTests.Tables;
using Metricity.Tables;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Export;

public sealed class GuildFiguresTests
{
    private static readonly DateTime Later = Some.JoinedAt.AddDays(1);

    [Fact]
    public async Task Message_is_counted_when_it_is_stored_and_never_again()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow(1), Some.MessageRow(2)));

        await bed.CommitAsync(changes =>
        {
            changes.AddTalk(Some.MessageRow(2), Some.MessageRow(3));
            changes.Edits[Some.MessageRow(1).Id] = Later;
            changes.Deletes[Some.MessageRow(1).Id] = Later;
        });

        Assert.Equal(new NewRows(3, 0, 0), bed.Status.Guilds[StoreBed.Guild]);
    }

    [Fact]
    public async Task Joins_and_leaves_are_counted_when_seen_and_not_when_found_by_comparing()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(Some.Message, "inferred")));
        Assert.Equal("join", await bed.Database.ScalarAsync<string>("select kind from member_events where inferred"));

        await bed.CommitAsync(Join);
        await bed.CommitAsync(Join);
        await bed.CommitAsync(changes => changes.MemberEvents.Add(new MemberEventRow(Some.User, false, Later)));
        await bed.CommitAsync(changes => changes.MemberEvents.Add(new MemberEventRow(Some.User, true, Later.AddDays(1))));

        Assert.Equal(new NewRows(0, 2, 1), bed.Status.Guilds[StoreBed.Guild]);
    }

    [Fact]
    public async Task Batch_that_is_not_committed_counts_nothing()
    {
        await using var bed = await StoreBed.CreateAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => bed.Store.CommitAsync(NewBatch(), new CancellationToken(canceled: true)));

        Assert.Empty(bed.Status.Guilds);
    }

    [Fact]
    public async Task Sizes_are_members_in_the_guild_and_threads_that_are_neither_archived_nor_deleted()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.AddTalk(Some.MessageRow());
            changes.AddMembers(Some.Member(Some.Message, "ben"), Some.Member(Some.Thread, "cid"));
            changes.Add(
                Some.ThreadFacts(),
                Some.ThreadFacts(Some.Message) with { IsArchived = true },
                Some.ThreadFacts(Some.User));
            changes.DeletedThreads.Add(Some.User);
        });
        await using var source = NpgsqlDataSource.Create(bed.Options.ConnectionString);
        var sizes = new GuildSizes(TimeProvider.System, new FakeLogger<GuildSizes>(bed.Logs));
        using var stop = new CancellationTokenSource();

        var running = sizes.RunAsync(source, bed.Options, stop.Token);

        await Eventually.TrueAsync(() => sizes.Latest.ContainsKey(StoreBed.Guild), "the guild is counted");
        Assert.Equal(new GuildSize(2, 1), sizes.Latest[StoreBed.Guild]);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Sizes_are_counted_again_every_minute()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = NpgsqlDataSource.Create(bed.Options.ConnectionString);
        var time = new JumpingTime();
        var sizes = new GuildSizes(time, new FakeLogger<GuildSizes>(bed.Logs));
        using var stop = new CancellationTokenSource();
        var running = sizes.RunAsync(source, bed.Options, stop.Token);
        await Eventually.TrueAsync(() => sizes.Latest.ContainsKey(StoreBed.Guild), "the guild is counted");
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        await Eventually.TrueAsync(
            () =>
            {
                time.Skip(TimeSpan.FromSeconds(10));

                return sizes.Latest[StoreBed.Guild] == new GuildSize(1, 0);
            },
            "the guild is counted again");

        await stop.CancelAsync();
        await running;
    }

    private static void Join(ChangeSet changes)
    {
        changes.AddMembers(Some.Member());
        changes.MemberEvents.Add(new MemberEventRow(Some.User, true, Some.JoinedAt));
    }

    private static Batch NewBatch()
    {
        var batch = new Batch();
        batch.For(StoreBed.Guild).AddTalk(Some.MessageRow());

        return batch;
    }
}
