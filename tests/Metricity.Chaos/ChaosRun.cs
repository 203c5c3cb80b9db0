using System.Globalization;
using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Chaos;

/// <summary>One run from start to end: guilds live, faults fall, then comes quiet and the comparison. Leaves nothing running.</summary>
internal sealed class ChaosRun(ChaosOptions options, Action<string> say)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Gives what was found; throws <see cref="ChaosException"/> when the run itself did not work.</summary>
    public async Task<ChaosResult> RunAsync(CancellationToken abort)
    {
        using var journal = new Journal(options.Directory, _time);
        var host = (await PostgresHosts.FindAsync())[0];
        await using var disk = host == PostgresHostKind.Binaries ? await TinyDisk.TryMountAsync() : null;
        await using var cluster = await PostgresCluster.StartNewAsync(host);
        await using var simulator = await Simulator.StartAsync(
            new SimulatorOptions
            {
                Seed = options.Seed,
                ReplayBufferSize = 10_000_000,
                SessionTtl = TimeSpan.FromHours(1),
                HeartbeatInterval = Bed.HeartbeatInterval,
                IdentifyRemaining = 1_000_000,
            },
            abort);
        var guilds = Enumerable.Range(0, options.Guilds).Select(i => Found(simulator, i)).ToList();
        await CreateDatabaseAsync(cluster, disk);
        var settings = SettingsFor(cluster, simulator, guilds);
        var (code, output) = await CollectorProcess.RunToEndAsync("--migrate", settings, abort);
        if (code != 0)
        {
            throw new ChaosException($"metricity --migrate ended with {code}:\n{string.Join('\n', output)}");
        }

        if (options.Lossy && !await HasLedgerAsync(cluster, abort))
        {
            say("this Metricity keeps no coverage ledger: faults after which Discord cannot give the events again are left out");
            options = options with { Lossy = false };
        }

        await using var collectors = new Collectors(settings, journal, _time);
        var bed = new Bed(cluster, disk, simulator, guilds, collectors, journal);
        using var ending = new CancellationTokenSource();
        var supervising = collectors.SuperviseAsync(ending.Token);
        try
        {
            return await LiveAsync(bed, abort);
        }
        finally
        {
            await ending.CancelAsync();
            await supervising;
        }
    }

    private async Task<ChaosResult> LiveAsync(Bed bed, CancellationToken abort)
    {
        var judge = new Judge(options, bed, _time);
        if (!await judge.SettledAsync(StartLimit, abort))
        {
            throw new ChaosException($"The collector was not ready within {StartLimit.TotalSeconds:0} s; see {options.Directory}.");
        }

        say($"{Faults.Chosen(options).Count} kinds of faults fall now (seed {options.Seed})");
        using var life = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var living = bed.Guilds.Select(guild => guild.Life.RunAsync(options.Rate / options.Guilds, life.Token)).ToList();
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(abort))
        {
            stop.CancelAfter(options.Duration);
            var lanes = Faults.Chosen(options).GroupBy(fault => fault.Lane).Select(lane =>
                new FaultLane(lane.Key, [.. lane], options, bed).RunAsync(stop));
            await Task.WhenAll(lanes);
        }

        abort.ThrowIfCancellationRequested();
        say("no more faults; the guilds hold still until everything is committed");
        await life.CancelAsync();
        await Task.WhenAll(living);
        bed.Simulator.Gateway.ClearFaults();
        bed.Simulator.Rest.ClearFaults();
        await bed.Collectors.RaiseAsync();

        return await judge.JudgeAsync(abort);
    }

    private ChaosGuild Found(Simulator simulator, int index)
    {
        var guild = simulator.World.AddGuild($"Chaos {index}");
        guild.Populate(categories: 4, channels: 14, threads: 10, members: 150);

        return new ChaosGuild(guild, new SimLife(guild, options.Seed + index), guild.AddRole("staff"), index == 0 ? "public" : $"guild_{index}");
    }

    private static async Task<bool> HasLedgerAsync(PostgresCluster cluster, CancellationToken abort)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(cluster.For(Bed.Database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(abort);

        return await CoverageLedger.ExistsAsync(connection, abort);
    }

    private static async Task CreateDatabaseAsync(PostgresCluster cluster, TinyDisk? disk)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString);
        await connection.OpenAsync();
        var on = "";
        if (disk is not null)
        {
            await using var space = new NpgsqlCommand($"create tablespace tiny location '{disk.Path}'", connection);
            await space.ExecuteNonQueryAsync();
            on = " tablespace tiny";
        }

        await using var command = new NpgsqlCommand($"create database {Bed.Database}{on}", connection);
        await command.ExecuteNonQueryAsync();
    }

    private static Dictionary<string, string> SettingsFor(PostgresCluster cluster, Simulator simulator, List<ChaosGuild> guilds)
    {
        var settings = new Dictionary<string, string>
        {
            ["BOT_TOKEN"] = simulator.Token,
            ["DATABASE_URI"] = $"postgresql://postgres@127.0.0.1:{cluster.Port}/{Bed.Database}",
            ["Discord__ApiBaseUrl"] = simulator.ApiBaseUrl.ToString(),
            ["Collect__DrainTimeout"] = "00:00:05",
            ["Http__Url"] = "",
        };
        for (var i = 0; i < guilds.Count; i++)
        {
            settings[$"Guilds__{i}__Id"] = guilds[i].Guild.Id.ToString(CultureInfo.InvariantCulture);
            settings[$"Guilds__{i}__Schema"] = guilds[i].Schema;
            settings[$"Guilds__{i}__StaffRoleId"] = guilds[i].Staff.Id.ToString(CultureInfo.InvariantCulture);
        }

        return settings;
    }
}
