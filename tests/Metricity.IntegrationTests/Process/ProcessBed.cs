using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// A simulated Discord with one guild, a database, and the environment that makes the program collect the one into the other.
/// </summary>
internal sealed class ProcessBed : IAsyncDisposable
{
    private readonly List<MetricityProcess> _processes = [];

    private ProcessBed(Simulator simulator, SimGuild guild, TestDatabase database)
    {
        Simulator = simulator;
        Guild = guild;
        Database = database;
        Environment = new Dictionary<string, string>
        {
            ["Discord__Token"] = MetricityProcess.Token,
            ["Discord__ApiBaseUrl"] = simulator.ApiBaseUrl.ToString(),
            ["ConnectionStrings__Metricity"] = WithPassword(database.ConnectionString),
            ["Guilds__0__Id"] = $"{guild.Id}",
        };
    }

    public Simulator Simulator { get; }

    public SimGuild Guild { get; }

    public TestDatabase Database { get; }

    public Dictionary<string, string> Environment { get; }

    /// <summary>By which the programs know the database; null = by its address.</summary>
    public DatabaseName? Name { get; private set; }

    /// <param name="options">Defaults are a replay buffer that holds everything, and no limits that only cost time.</param>
    /// <param name="database">A migrated one when null. Disposed of with the bed.</param>
    public static async Task<ProcessBed> CreateAsync(SimulatorOptions? options = null, TestDatabase? database = null, ulong? guildId = null)
    {
        var simulator = await Simulator.StartAsync(options ?? Options());
        var guild = simulator.World.AddGuild("process", guildId);

        return new ProcessBed(simulator, guild, database ?? await TestDatabase.CreateAsync());
    }

    public static SimulatorOptions Options(double heartbeatSeconds = 41.25, bool membersIntent = true, bool contentToggle = false)
    {
        return new SimulatorOptions
        {
            Token = MetricityProcess.Token,
            ReplayBufferSize = 1_000_000,
            IdentifyWindow = TimeSpan.Zero,
            MemberRequestWindow = TimeSpan.Zero,
            HeartbeatInterval = TimeSpan.FromSeconds(heartbeatSeconds),
            MembersIntentEnabled = membersIntent,
            ContentToggle = contentToggle,
        };
    }

    /// <summary>The password is checked by no server of the tests, but must never show up.</summary>
    public static string WithPassword(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.Password ??= MetricityProcess.Password;

        return builder.ConnectionString;
    }

    /// <summary>From now on started programs know the database by a name that can be taken away.</summary>
    /// <param name="port">Of the database's server.</param>
    /// <param name="hang">How long a look-up takes to fail while the name is taken. Whole seconds.</param>
    public async Task<DatabaseName> NameDatabaseAsync(int port, TimeSpan hang)
    {
        Name = await DatabaseName.CreateAsync(port, hang);
        Environment["ConnectionStrings__Metricity"] = Name.In(Environment["ConnectionStrings__Metricity"]);

        return Name;
    }

    public MetricityProcess Start(params IReadOnlyList<string> arguments)
    {
        var process = MetricityProcess.StartBy(Name?.Launcher ?? [], Environment, arguments);
        _processes.Add(process);

        return process;
    }

    public Task<FinishedProcess> RunAsync(params IReadOnlyList<string> arguments)
    {
        return MetricityProcess.RunByAsync(Name?.Launcher ?? [], Environment, arguments);
    }

    /// <summary>Starts collecting and waits until the member list of a new session is in.</summary>
    public async Task<MetricityProcess> StartSyncedAsync()
    {
        var process = Start("run");
        await process.WaitForLineAsync(
            line => line.Contains($"{Guild.Id}", StringComparison.Ordinal) && line.Contains("are synced after", StringComparison.Ordinal),
            "the members are synced");
        await Eventually.TrueAsync(
            async () => await Database.ScalarAsync<long?>("select sequence from metricity.positions") == Simulator.Gateway.LastSequence
                && await Database.ScalarAsync<bool>(
                    "select members_synced_at is not null from metricity.guilds where guild_id = $1", $"{Guild.Id}"),
            "the sync is committed");

        return process;
    }

    /// <summary>The committed sequence.</summary>
    public Task<long> PositionAsync()
    {
        return Database.ScalarAsync<long>("select sequence from metricity.positions");
    }

    /// <summary>Waits until everything that the simulator sent is committed, then compares all tables with its truth.</summary>
    public async Task AssertTruthAsync()
    {
        await Eventually.TrueAsync(
            async () => Simulator.Gateway.IsLive && Simulator.Gateway.LastSequence == await PositionAsync(),
            "everything sent is committed",
            MetricityProcess.Limit);
        var comparison = new Comparison(Simulator.World.Truth(Guild), staffRoleId: 0, Database.DataSource);
        var tables = await comparison.RunAsync(CancellationToken.None);

        var differences = string.Join('\n', tables.SelectMany(table => table.Differences));
        Assert.True(differences.Length == 0, differences);
        Assert.Empty(await Database.ListAsync<string>(
            """
            select user_id from (
                select user_id, kind, lag(kind) over (partition by user_id order by id) as earlier from member_events
            ) as events
            where kind = 'leave' and earlier = 'leave' or kind <> 'leave' and earlier <> 'leave'
            """));
        Assert.Empty(Simulator.Gateway.Failures);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await Simulator.DisposeAsync();
        await Database.DisposeAsync();
        if (Name is not null)
        {
            await Name.DisposeAsync();
        }
    }
}
