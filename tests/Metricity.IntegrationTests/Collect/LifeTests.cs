using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Everything at once: a guild lives, and at the end the tables are compared with what happened.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task Guild_that_lives_for_a_while_ends_as_its_truth()
    {
        await using var run = await StartAsync("zlib-stream");
        var life = new SimLife(run.Guild);

        for (var i = 0; i < 600; i++)
        {
            life.Step();
        }

        await run.WaitUntilCommittedAsync();
        await AssertTruthAsync(run);
    }

    [Theory]
    [InlineData("zlib-stream")]
    [InlineData("none")]
    public async Task Guild_that_lives_while_connections_break_and_the_program_restarts_ends_as_its_truth(string compression)
    {
        await using var run = await StartAsync(compression);
        var life = new SimLife(run.Guild, seed: 7);
        Func<Task>[] troubles =
        [
            () => run.Discord.Gateway.AbortAllAsync(),
            () => Task.Run(() => run.Discord.Gateway.SendReconnect()),
            () => run.Discord.Gateway.CloseAllAsync(4000),
            () => run.Discord.Gateway.AbortMidMessageAsync(),
            () => Task.Run(run.Discord.Gateway.DuplicateLast),
            () => RestartAsync(run, run.StopAsync, drainTimeout: TimeSpan.Zero),
            () => run.Discord.Gateway.CloseWithoutCodeAsync(),
            () => RestartAsync(run, run.KillAsync),
        ];

        foreach (var trouble in troubles)
        {
            for (var i = 0; i < 60; i++)
            {
                life.Step();
            }

            await trouble();
            for (var i = 0; i < 20; i++)
            {
                life.Step();
            }

            await run.PassTimeUntilAsync(() => run.Discord.Gateway.IsLive, "the session is live again");
        }

        await run.PassTimeUntilAsync(run.IsCommittedAsync, "everything that Discord sent is committed");
        await AssertTruthAsync(run);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
    }

    private static Task<CollectorHarness> StartAsync(string compression) => CollectorHarness.StartAsync(
        run =>
        {
            run.Compression = compression;
            run.Guild.Populate(categories: 3, channels: 8, threads: 5, members: 40);
        },
        time => new SimulatorOptions { TimeProvider = time, IdentifyWindow = TimeSpan.Zero, ReplayBufferSize = 2_000 });

    /// <param name="drainTimeout">Of the one that is started; zero when it will be killed.</param>
    private static async Task RestartAsync(CollectorHarness run, Func<Task> stop, TimeSpan? drainTimeout = null)
    {
        await stop();
        run.DrainTimeout = drainTimeout ?? TimeSpan.FromSeconds(20);
        run.StartCollector();
    }

    private static async Task AssertTruthAsync(CollectorHarness run)
    {
        var truth = run.Discord.World.Truth(run.Guild);
        Assert.Equal(
            truth.Messages.Where(row => !row.AuthorIsBot && row.Type is not (18 or 24) && row.Visible)
                .Select(row => $"{row.Id} {row.ChannelId} {row.ThreadId} {row.AuthorId} {row.IsDeleted} {row.Type}"),
            (await run.Tables.MessagesAsync())
                .Select(row => $"{row.Id} {row.ChannelId} {row.ThreadId} {row.AuthorId} {row.IsDeleted} {row.Type}"));
        Assert.Equal(
            truth.Users.Where(row => row.EverInGuild).Select(row => $"{row.Id} {row.Name} {row.InGuild} {row.Avatar} {row.GuildAvatar}"),
            (await run.Tables.UsersAsync()).Select(row => $"{row.Id} {row.Name} {row.InGuild} {row.AvatarHash} {row.GuildAvatarHash}"));
        Assert.Equal(
            truth.Channels.Where(row => row.EverVisible).Select(row => $"{row.Id} {row.Name} {row.CategoryId} {row.Deleted}"),
            (await run.Tables.ChannelsAsync()).Select(row => $"{row.Id} {row.Name} {row.CategoryId} {row.Deleted}"));
        Assert.Equal(
            truth.Threads.Where(row => row.EverVisible)
                .Select(row => $"{row.Id} {row.ParentId} {row.Name} {row.Archived} {row.Locked} {row.Deleted || row.ParentDeleted}"),
            (await run.Tables.ThreadsAsync())
                .Select(row => $"{row.Id} {row.ParentId} {row.Name} {row.Archived} {row.Locked} {row.Deleted}"));

        var moves = await run.Tables.MemberEventsAsync();
        Assert.Equal(truth.Counters.Joins, moves.Count(row => row.Kind is "join" or "rejoin"));
        Assert.Equal(truth.Counters.Leaves, moves.Count(row => row.Kind is "leave"));
    }
}
