using System.Globalization;
using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Demo;

/// <summary>What every scenario needs, started: a private PostgreSQL with our tables, and a simulated Discord with one guild.</summary>
internal sealed class DemoBed : IAsyncDisposable
{
    private const string DatabaseName = "metricity";

    private readonly PostgresCluster _cluster;

    private DemoBed(PostgresCluster cluster, Simulator simulator, DemoOptions options)
    {
        _cluster = cluster;
        Simulator = simulator;
        Guild = simulator.World.AddGuild("Demo");
        Guild.Populate(categories: 5, channels: 20, threads: 12, members: 300);
        Staff = Guild.AddRole("staff");
        Life = new SimLife(Guild, options.Seed);
        Database = NpgsqlDataSource.Create(cluster.For(DatabaseName));
        var settings = new Dictionary<string, string>
        {
            ["BOT_TOKEN"] = simulator.Token,
            ["GUILD_ID"] = Guild.Id.ToString(CultureInfo.InvariantCulture),
            ["DATABASE_URI"] = $"postgresql://postgres@127.0.0.1:{cluster.Port}/{DatabaseName}",
            ["Discord__ApiBaseUrl"] = simulator.ApiBaseUrl.ToString(),
            ["Guilds__0__StaffRoleId"] = Staff.Id.ToString(CultureInfo.InvariantCulture),
            ["Http__Url"] = options.Http ?? "",
        };
        foreach (var pair in options.Set.Select(pair => pair.Split('=', 2)))
        {
            settings[pair[0].Replace(":", "__", StringComparison.Ordinal)] = pair[1];
        }

        Settings = settings;
    }

    public Simulator Simulator { get; }

    public SimGuild Guild { get; }

    public SimRole Staff { get; }

    public SimLife Life { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>The collector's environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>For the person who wants to look.</summary>
    public string Psql => $"psql -h 127.0.0.1 -p {_cluster.Port} -U postgres {DatabaseName}";

    /// <param name="discordTime">The simulated Discord's clock.</param>
    public static async Task<DemoBed> StartAsync(
        DemoOptions options, TimeProvider discordTime, IDemoView view, CancellationToken abort)
    {
        view.Say("starting a private PostgreSQL and a simulated Discord");
        var cluster = await PostgresCluster.StartNewAsync(PostgresHostKind.Binaries);
        DemoBed? bed = null;
        try
        {
            var simulator = await Simulator.StartAsync(new SimulatorOptions { Seed = options.Seed, TimeProvider = discordTime }, abort);
            bed = new DemoBed(cluster, simulator, options);
            await bed.MigrateAsync(view, abort);

            return bed;
        }
        catch
        {
            await (bed?.DisposeAsync() ?? cluster.DisposeAsync());
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Simulator.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private async Task MigrateAsync(IDemoView view, CancellationToken abort)
    {
        view.Say("metricity --migrate");
        var (code, output) = await CollectorProcess.RunToEndAsync("--migrate", Settings, abort);
        foreach (var line in output)
        {
            view.Say("  " + line);
        }

        if (code != 0)
        {
            throw new DemoException($"metricity --migrate ended with {code}.");
        }
    }
}
