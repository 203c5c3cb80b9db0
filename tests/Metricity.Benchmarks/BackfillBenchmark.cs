using System.Diagnostics;
using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.Benchmarks;

/// <summary>
/// <c>metricity backfill</c> of a large guild over the simulator with Discord's rate limits, beside <c>metricity run</c> with live traffic;
/// killed in the middle again and again. At the end the tables are compared with the truth.
/// </summary>
internal static class BackfillBenchmark
{
    /// <summary>What the walk reads at a time: so many pages can be under way when it is killed.</summary>
    private const int Parallel = 6;

    /// <summary>Empty pages that wait to be settled together, before which nothing of them is stored.</summary>
    private const int Unsettled = 24;

    private const int PageSize = 100;
    private const double BytesInMegabyte = 1 << 20;
    private static readonly TimeSpan History = TimeSpan.FromDays(365);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var messages = arguments.Number("messages", 200_000);
        var channels = arguments.Number("channels", 60);
        var threads = arguments.Number("threads", 400);
        var kills = arguments.Number("kills", 3);
        Report.Title($"backfill: {messages} messages, {channels} channels, {threads} archived threads, killed {kills} times");
        await using var database = await Database.StartAsync();
        await using var simulator = await Simulator.StartAsync(new SimulatorOptions { ReplayBufferSize = 1_000_000 });
        var guild = simulator.World.AddGuild("Large", simulator.World.NextId(TimeProvider.System.GetUtcNow() - (History * 2)));
        guild.Populate(categories: 6, channels, threads: 0, members: 500);
        guild.PopulateHistory(threads, messages, History);
        var settings = new Dictionary<string, string>
        {
            ["BOT_TOKEN"] = simulator.Token,
            ["Discord__ApiBaseUrl"] = simulator.ApiBaseUrl.ToString(),
            ["ConnectionStrings__Metricity"] = database.ConnectionString,
            ["GUILD_ID"] = $"{guild.Id}",
            ["Http__Url"] = "",
        };
        await using var collector = CollectorProcess.Start(settings);
        await UntilAsync(
            async () => await database.Tables.ScalarAsync<bool>(
                "select exists (select from metricity.guilds where members_synced_at is not null)"),
            collector);
        using var living = new CancellationTokenSource();
        var traffic = new LiveTraffic(guild, seed: 1);
        var life = traffic.RunAsync(living.Token);
        var limitedBefore = simulator.Rest.RateLimitedCount;

        var run = await KillAndFinishAsync(simulator, settings, messages / PageSize, kills);

        await living.CancelAsync();
        await life;
        await UntilAsync(
            async () => await database.Tables.ScalarAsync<long>("select sequence from metricity.positions") == simulator.Gateway.LastSequence,
            collector);
        var truth = simulator.World.Truth(guild);
        var tables = await new Comparison(truth, staffRoleId: 0, database.Tables.DataSource).RunAsync(default);
        var deleted = truth.Messages.Where(message => message.IsDeleted).Select(message => $"{message.Id}").ToHashSet();
        var differences = tables.SelectMany(table => table.Differences).ToLookup(difference => IsGone(difference, deleted));
        Report.Line("messages stored", $"{tables.First(table => table.Name == "messages").Matched}");
        Report.Line("messages deleted before they could be fetched", $"{differences[true].Count(difference => difference.Table == "messages")}");
        Report.Line("live events meanwhile", $"{traffic.Count}");

        return Judge([.. differences[false]], run, simulator, simulator.Rest.RateLimitedCount - limitedBefore, kills);
    }

    /// <summary>Whoever deletes a message before the backfill comes to it leaves nothing to fetch.</summary>
    private static bool IsGone(Difference difference, HashSet<string> deleted) =>
        difference.Table is "messages" or "deletions" && deleted.Contains(difference.Id)
        && difference.Stored is null;

    /// <summary>Kills the backfill after equal shares of the pages; the last one runs to its end.</summary>
    private static async Task<(TimeSpan Elapsed, double PeakMegabytes, int Code, IReadOnlyList<string> Output)> KillAndFinishAsync(
        Simulator simulator, Dictionary<string, string> settings, int pages, int kills)
    {
        var started = Stopwatch.GetTimestamp();
        var peak = 0L;
        for (var run = 1; ; run++)
        {
            await using var backfill = CollectorProcess.Start(["backfill"], settings);
            var until = run > kills ? int.MaxValue : pages * run / (kills + 1);
            while (!backfill.HasExited && simulator.Rest.Requests.Count(request => request.IsHistory) < until)
            {
                peak = Math.Max(peak, backfill.PeakBytes());
                if (Stopwatch.GetElapsedTime(started) > Limit)
                {
                    throw new InvalidOperationException($"The backfill was not done within {Limit.TotalMinutes:0} min.");
                }

                await Task.Delay(Pause);
            }

            if (run > kills || backfill.HasExited)
            {
                await backfill.Ended;

                return (Stopwatch.GetElapsedTime(started), peak / BytesInMegabyte, backfill.ExitCode, backfill.Output);
            }

            await backfill.KillAsync();
        }
    }

    private static bool Judge(
        IReadOnlyList<Difference> differences,
        (TimeSpan Elapsed, double PeakMegabytes, int Code, IReadOnlyList<string> Output) run,
        Simulator simulator,
        int limited,
        int kills)
    {
        var pages = simulator.Rest.Requests.Where(request => request is { IsHistory: true, Status: 200 }).ToList();
        var repeated = pages.GroupBy(page => page.Path).SelectMany(same => same.Skip(1)).ToList();
        var full = repeated.Count(page => !page.IsEmptyList);
        var seconds = simulator.Rest.Requests.GroupBy(request => request.At.ToUnixTimeSeconds()).Select(second => second.Count()).ToList();
        Report.Line("first start to end, s", $"{run.Elapsed.TotalSeconds:0}");
        Report.Line("pages of messages and lists of threads fetched", $"{pages.Count}");
        Report.Line("pages a second", $"{pages.Count / run.Elapsed.TotalSeconds:0.0}");
        Report.Line("requests in the busiest second, the collector's included", $"{seconds.Max()}");
        Report.Line("peak resident memory of the backfill, MB", $"{run.PeakMegabytes:0}");
        Report.Line("pages fetched again", $"{full}");
        Report.Line("empty ends fetched again", $"{repeated.Count - full}");
        Report.Line("answers 429", $"{limited}");
        foreach (var line in run.Output.TakeLast(1).Concat(differences.Take(10).Select(difference => difference.ToString())))
        {
            Report.Line("  " + line, "");
        }

        var report = new Report();
        report.Require("ends with 0", run.Code == 0);
        report.Require("all rows right", differences.Count == 0);
        report.Require($"fetches again only what was under way, {Parallel} pages for each kill", full <= Parallel * kills);
        report.Require(
            $"and of empty ends those that were not settled, {Unsettled + Parallel} for each kill",
            repeated.Count - full <= (Unsettled + Parallel) * kills);

        // A new process does not know how much its predecessor used of the buckets of the channels that were under way.
        report.Require($"429s: none but at a start, {Parallel} for each kill", limited <= Parallel * kills);

        return report.Met;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, CollectorProcess collector)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (collector.HasExited || Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new InvalidOperationException(string.Join('\n', collector.Output.Prepend("The collector did not get there:")));
            }

            await Task.Delay(Pause);
        }
    }
}
