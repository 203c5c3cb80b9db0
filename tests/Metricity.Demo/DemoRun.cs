using System.Globalization;
using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Demo;

/// <summary>One demonstration from start to end: everything that is started here is stopped here, however it ends.</summary>
internal sealed class DemoRun(DemoOptions options, IDemoView view)
{
    private const int Equal = 0;
    private const int Failed = 1;
    private const int ShownDifferences = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(35);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Gives the exit code: 0 when the tables equal the truth.</summary>
    /// <param name="stop">Ends the guild's life; the comparison follows.</param>
    /// <param name="abort">Ends everything.</param>
    public async Task<int> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            view.Say("starting a private PostgreSQL and a simulated Discord");
            await using var cluster = await PostgresCluster.StartNewAsync();
            await using var simulator = await Simulator.StartAsync(new SimulatorOptions { Seed = options.Seed }, abort);
            var guild = simulator.World.AddGuild("Demo");
            guild.Populate(categories: 5, channels: 20, threads: 12, members: 300);
            var staff = guild.AddRole("staff");

            return await CollectAsync(cluster, simulator, guild, staff, stop, abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            view.Say("ended at once, without a comparison");

            return Failed;
        }
        catch (DemoException e)
        {
            view.Say(e.Message);

            return Failed;
        }
    }

    private async Task<int> CollectAsync(
        PostgresCluster cluster, Simulator simulator, SimGuild guild, SimRole staff, CancellationToken stop, CancellationToken abort)
    {
        var settings = new Dictionary<string, string>
        {
            ["BOT_TOKEN"] = simulator.Token,
            ["GUILD_ID"] = guild.Id.ToString(CultureInfo.InvariantCulture),
            ["DATABASE_URI"] = $"postgresql://postgres@127.0.0.1:{cluster.Port}/metricity",
            ["Discord__ApiBaseUrl"] = simulator.ApiBaseUrl.ToString(),
            ["Guilds__0__StaffRoleId"] = staff.Id.ToString(CultureInfo.InvariantCulture),
            ["Http__Url"] = options.Http ?? "",
        };
        view.Say("metricity --migrate");
        var (code, output) = await CollectorProcess.RunToEndAsync("--migrate", settings, abort);
        foreach (var line in output)
        {
            view.Say("  " + line);
        }

        if (code != 0)
        {
            throw new DemoException($"metricity --migrate ended with {code}.");
        }

        view.Say("metricity run");
        await using var collector = CollectorProcess.Start(settings);
        await using var database = NpgsqlDataSource.Create(cluster.For("metricity"));
        try
        {
            await Task.WhenAny(simulator.Gateway.WaitForLiveAsync(StartLimit, abort), collector.Ended).Unwrap();
            var psql = $"psql -h 127.0.0.1 -p {cluster.Port} -U postgres metricity";
            await LiveAsync(simulator, guild, collector, database, psql, stop, abort);
            var equal = await CompareAsync(simulator, guild, staff, collector, database, abort);
            await StopAsync(collector);

            return equal ? Equal : Failed;
        }
        catch (TimeoutException e)
        {
            throw WithOutput($"The collector did not get ready: {e.Message}", collector);
        }
    }

    /// <summary>Lets the guild live and shows it, until it is time to end.</summary>
    private async Task LiveAsync(
        Simulator simulator,
        SimGuild guild,
        CollectorProcess collector,
        NpgsqlDataSource database,
        string psql,
        CancellationToken stop,
        CancellationToken abort)
    {
        using var living = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        var life = new SimLife(guild, options.Seed);
        var commits = new CommitWatch(simulator, database, _time);
        var observer = new Observer(options, simulator, life, collector, commits, database, psql, _time);
        if (options.Duration is { } duration)
        {
            living.CancelAfter(duration);
        }

        var lifeTask = life.RunAsync(options.Rate, living.Token);
        var watching = commits.RunAsync(living.Token);
        _ = collector.Ended.ContinueWith(_ => living.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await view.WatchAsync(observer.TakeAsync, living.Token);
        await Task.WhenAll(lifeTask, watching);
        abort.ThrowIfCancellationRequested();
        if (collector.HasExited)
        {
            throw WithOutput("The collector ended by itself.", collector);
        }
    }

    private async Task<bool> CompareAsync(
        Simulator simulator,
        SimGuild guild,
        SimRole staff,
        CollectorProcess collector,
        NpgsqlDataSource database,
        CancellationToken abort)
    {
        view.Say("the guild holds still; waiting until everything is committed");
        var started = _time.GetTimestamp();
        var commits = new CommitWatch(simulator, database, _time);
        while (!await IsSettledAsync(simulator, commits, database, abort))
        {
            if (collector.HasExited || _time.GetElapsedTime(started) > CommitLimit)
            {
                throw WithOutput(
                    $"Not committed after {CommitLimit.TotalSeconds:0} s: position {await commits.ReadAsync(abort)} "
                        + $"of {simulator.Gateway.LastSequence}.",
                    collector);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, abort);
        }

        // What the collector asked REST for by itself has no sequence; it may come a moment later.
        var tables = await new Comparison(simulator.World.Truth(guild), staff.Id, database).RunAsync(abort);
        for (var attempt = 0; attempt < 20 && tables.Any(table => table.Differences.Count > 0); attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, abort);
            tables = await new Comparison(simulator.World.Truth(guild), staff.Id, database).RunAsync(abort);
        }

        view.Say("");
        view.Say(string.Join(", ", tables.Select(table => $"{table.Matched} of {table.Expected} {table.Name}")));
        var differences = tables.SelectMany(table => table.Differences).ToList();
        foreach (var difference in differences.Take(ShownDifferences))
        {
            view.Say("  " + difference);
        }

        view.Say(differences.Count == 0
            ? "The tables equal the truth."
            : $"The tables differ from the truth in {differences.Count} rows.");

        return differences.Count == 0;
    }

    /// <summary>Everything sent is committed, and the member list is complete.</summary>
    private static async Task<bool> IsSettledAsync(
        Simulator simulator, CommitWatch commits, NpgsqlDataSource database, CancellationToken abort)
    {
        const string Sql = "select exists (select from metricity.guilds where members_synced_at is not null)";
        await using var command = database.CreateCommand(Sql);

        return await command.ExecuteScalarAsync(abort) is true
            && await commits.ReadAsync(abort) == simulator.Gateway.LastSequence;
    }

    private async Task StopAsync(CollectorProcess collector)
    {
        if (await collector.StopAsync(StopLimit) is var code && code != 0)
        {
            throw WithOutput(
                code is null
                    ? $"The collector did not stop within {StopLimit.TotalSeconds:0} s of SIGTERM."
                    : $"The collector ended with {code} on SIGTERM.",
                collector);
        }

        view.Say("stopped the collector (SIGTERM, exit 0), the simulator and PostgreSQL");
    }

    private static DemoException WithOutput(string sentence, CollectorProcess collector) =>
        new(string.Join('\n', collector.Output.TakeLast(20).Prepend(sentence + " Its last lines:")));
}
