using System.Diagnostics;
using System.Globalization;
using Metricity.Benchmarks.Load;

namespace Metricity.Benchmarks;

/// <summary>
/// The real program, as a process of its own, syncs a large guild: time from its start to the end of the sync, peak memory, rows against
/// the simulator's truth; then once more in a new session, which must write nothing.
/// </summary>
internal static class SyncBenchmark
{
    private const double RequiredSeconds = 8;
    private const double RequiredMegabytes = 150;
    private const string SyncedSql = "select exists (select from metricity.guilds where members_synced_at is not null)";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 3);
        string[] sizes = ["categories", "channels", "threads", "members"];
        int[] defaults = [20, 500, 2_000, 100_000];
        var size = sizes.Zip(defaults, arguments.Number).ToArray();
        Report.Title(
            $"sync: {size[0]} categories, {size[1]} channels, {size[2]} threads, {size[3]} members, {rounds} rounds");
        await using var server = await ChildProcess.StartAsync(
            [GuildServer.Verb, .. sizes.Zip(size, (name, value) => new[] { "--" + name, $"{value}" }).SelectMany(pair => pair)]);
        var guild = await GuildTruth.FetchAsync(server.Port);
        var report = new Report();
        var seconds = new Samples();
        var peak = new Samples();
        var again = new Samples();
        var peakAgain = new Samples();
        var differences = new List<string>();
        var changed = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            await using var database = await Database.StartAsync();
            var (first, firstPeak) = await SyncAsync(database, server.Port, guild);
            seconds.Add(first.TotalSeconds);
            peak.Add(firstPeak);
            differences.AddRange(await guild.CompareAsync(database.Tables.DataSource));

            await database.Tables.ExecuteAsync(
                "update metricity.positions set session_id = null, resume_gateway_url = null, sequence = null");
            await database.Tables.ExecuteAsync("update metricity.guilds set members_synced_at = null, members_requested_at = null");
            var before = await WritesAsync(database);
            var (second, secondPeak) = await SyncAsync(database, server.Port, guild);
            again.Add(second.TotalSeconds);
            peakAgain.Add(secondPeak);
            changed.AddRange((await WritesAsync(database)).Except(before));
        }

        Report.Line("first session: start of the process to end of the sync, s", seconds.Show("0.00"));
        Report.Line("first session: peak resident memory, MB", peak.Show("0"));
        Report.Line("second session: start to end, s", again.Show("0.00"));
        Report.Line("second session: peak resident memory, MB", peakAgain.Show("0"));
        foreach (var line in differences.Take(10).Concat(changed))
        {
            Report.Line("  " + line, "");
        }

        report.Require($"within {RequiredSeconds:0} s", seconds.Max <= RequiredSeconds);
        report.Require($"under {RequiredMegabytes:0} MB", Math.Max(peak.Max, peakAgain.Max) < RequiredMegabytes);
        report.Require("all rows right", differences.Count == 0);
        report.Require("a second session with nothing changed writes no row", changed.Count == 0);

        return report.Met;
    }

    /// <summary>Runs the collector until the guild is synced, then stops it. Gives the time and its peak resident memory in MB.</summary>
    private static async Task<(TimeSpan Elapsed, double PeakMegabytes)> SyncAsync(Database database, int port, GuildTruth guild)
    {
        var start = new ProcessStartInfo(ChildProcess.DotnetHost(), [Path.Combine(AppContext.BaseDirectory, "metricity.dll"), "run"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["BOT_TOKEN"] = "sim-token";
        start.Environment["Http__Url"] = "";
        start.Environment["Discord__ApiBaseUrl"] = $"http://127.0.0.1:{port}/api/v10";
        start.Environment["ConnectionStrings__Metricity"] = database.ConnectionString;
        start.Environment["Guilds__0__Id"] = guild.Id;
        start.Environment["Guilds__0__StaffRoleId"] = guild.Id;
        var started = Stopwatch.GetTimestamp();
        using var collector = Process.Start(start)!;
        var output = collector.StandardOutput.ReadToEndAsync();
        try
        {
            while (!await database.Tables.ScalarAsync<bool>(SyncedSql))
            {
                if (collector.HasExited || Stopwatch.GetElapsedTime(started) > Limit)
                {
                    throw new InvalidOperationException("The guild was not synced.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            var peak = PeakMegabytes(collector.Id);
            using var term = Process.Start("sh", ["-c", $"kill -TERM {collector.Id}"]);
            await collector.WaitForExitAsync();

            return (elapsed, peak);
        }
        catch
        {
            collector.Kill();
            Console.Error.WriteLine(await output);
            throw;
        }
    }

    private static double PeakMegabytes(int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var text = line.AsSpan("VmHWM:".Length).Trim();
        text = text[..text.IndexOf(' ')];

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes / 1024.0 : double.NaN;
    }

    /// <summary>The server's own count of rows written, table by table, of the guild's schema.</summary>
    private static Task<IReadOnlyList<string>> WritesAsync(Database database) => database.Tables.ListAsync<string>(
        """
        select format('%s: %s inserted, %s updated, %s deleted', relname, n_tup_ins, n_tup_upd, n_tup_del)
        from pg_stat_user_tables
        where schemaname = 'public'
        order by relname
        """);
}
