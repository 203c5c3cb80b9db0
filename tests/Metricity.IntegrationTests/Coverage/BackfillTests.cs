using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Coverage;

/// <summary><c>metricity backfill</c> as a process, alone and beside a collector.</summary>
public sealed class BackfillTests
{
    /// <summary>The simulated guild is young and its messages are not.</summary>
    private const string Since = "2020-01-01";

    /// <summary>Channels that the walk reads at a time.</summary>
    private const int Parallel = 6;

    private static readonly int Kills = TestLength.Of(usual: 2, nightly: 5);

    /// <summary>Empty pages that wait to be settled together, before which nothing of them is stored.</summary>
    private const int Unsettled = 24;

    [Fact]
    public async Task Backfill_killed_again_and_again_is_complete_and_fetches_no_page_twice_beyond_the_last()
    {
        await using var bed = await BedAsync(threads: 15 * (Kills - 1), messages: 3_000 * (Kills - 1));
        var collector = await bed.StartSyncedAsync();

        for (var run = 1; run <= Kills; run++)
        {
            var before = Pages(bed).Count;
            var backfill = bed.Start("backfill", "--since", Since);
            await Eventually.TrueAsync(() => Pages(bed).Count >= before + 15, $"run {run} fetches pages", MetricityProcess.Limit);
            await backfill.KillAsync();
        }

        var last = await bed.RunAsync("backfill", "--since", Since);
        Assert.Equal(0, last.Code);
        Assert.Contains("complete", last.Output, StringComparison.Ordinal);

        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await bed.AssertTruthAsync();
        Assert.Equal(0, bed.Simulator.Rest.RateLimitedCount);
        var repeated = Pages(bed).GroupBy(page => page.Path).SelectMany(same => same.Skip(1)).ToList();
        Assert.InRange(repeated.Count(page => !page.IsEmptyList), 0, Kills * Parallel); // those under way at each kill
        Assert.InRange(repeated.Count(page => page.IsEmptyList), 0, Kills * (Parallel + Unsettled));
        Assert.Equal(
            ["backfilled", "live"], await bed.Database.ListAsync<string>("select status from coverage order by started_at, id"));
        Assert.False(collector.HasExited);
    }

    [Fact]
    public async Task Second_backfill_says_that_there_is_nothing_to_do()
    {
        await using var bed = await BedAsync(threads: 3, messages: 300);

        var first = await bed.RunAsync("backfill", "--guild", $"{bed.Guild.Id}", "--since", Since);
        var second = await bed.RunAsync("backfill", "--since", Since);

        Assert.Contains("complete", first.Output, StringComparison.Ordinal);
        Assert.Contains("nothing to do", second.Output, StringComparison.Ordinal);
        Assert.Equal(0, await bed.Database.ScalarAsync<long>("select count(*) from metricity.positions"));
    }

    [Fact]
    public async Task Since_and_channel_limit_what_is_fetched()
    {
        await using var bed = await BedAsync(threads: 0, messages: 1_000);
        var channel = bed.Guild.Channels.First(candidate => candidate.Type == SimChannelType.Text && candidate.Messages.Count > 10);
        var since = channel.Messages[^5].CreatedAt.UtcDateTime.Date;

        var run = await bed.RunAsync("backfill", "--channel", $"{channel.Id}", "--since", $"{since:yyyy-MM-dd}");

        Assert.Equal(0, run.Code);
        var wanted = channel.Messages.Where(message => message.CreatedAt.UtcDateTime >= since && !message.Author.Bot).Select(message => $"{message.Id}");
        Assert.Equal(wanted.Order(), await bed.Database.ListAsync<string>("select id from messages order by id"));
        Assert.Equal(["false"], await bed.Database.ListAsync<string>("select is_complete::text from coverage"));
    }

    [Fact]
    public async Task Wrong_options_are_named()
    {
        await using var bed = await BedAsync(threads: 0, messages: 0);

        (await bed.RunAsync("backfill", "--since", "yesterday")).Says(2, "--since", "2024-01-31");
        (await bed.RunAsync("backfill", "--guild", "1")).Says(2, "--guild");
        (await bed.RunAsync("backfill", "--channel", "general")).Says(2, "--channel");
    }

    private static async Task<ProcessBed> BedAsync(int threads, int messages)
    {
        var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 2, channels: 6, threads: 0, members: 20);
        bed.Guild.PopulateHistory(threads, messages, TimeSpan.FromDays(300));

        return bed;
    }

    private static List<SimRestRequest> Pages(ProcessBed bed) =>
        [.. bed.Simulator.Rest.Requests.Where(request => request is { IsHistory: true, Status: 200 })];
}
