using Dapper;
using Metricity.Collect;
using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.Export;
using Metricity.Hosting;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Collect;

/// <summary>
/// The whole program but for its command line: a Discord on loopback, a migrated PostgreSQL database, and the real collector between
/// them, all in this process and on one clock. Every guild begins with an owner, the bot, a text channel, a member and a staff role.
/// </summary>
internal sealed class CollectorHarness : IAsyncDisposable
{
    /// <summary>Guard of every wait. Long, because a build machine may do much at a time; nothing waits as long when all is well.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ILoggerFactory _loggers;
    private readonly List<HostedCollector> _collectors = [];
    private HostedCollector? _collector;
    private bool _drains;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private CancellationTokenSource _stopStandby = new();
    private Task _standby = Task.CompletedTask;

    private CollectorHarness(JumpingTime time, Simulator discord, TestDatabase database)
    {
        Time = time;
        Discord = discord;
        Database = database;
        Tables = new Tables(database);
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Log)));
        Guild = discord.World.AddGuild();
        General = Guild.AddChannel("general");
        Ann = Guild.AddMember("ann");
        StaffRole = Guild.AddRole("staff");
    }

    public JumpingTime Time { get; }

    public Simulator Discord { get; }

    public TestDatabase Database { get; }

    public Tables Tables { get; }

    /// <summary>Everything that was logged, at all levels.</summary>
    public FakeLogCollector Log { get; } = new();

    public SimGuild Guild { get; }

    public SimChannel General { get; }

    public SimMember Ann { get; }

    public SimRole StaffRole { get; }

    // Settings; read when the collector is started.

    public HashSet<ulong> StaffCategories { get; } = [];

    public HashSet<ulong> StaffChannels { get; } = [];

    public HashSet<ulong> IgnoreCategories { get; } = [];

    public bool CollectBots { get; set; }

    public string Compression { get; set; } = "zlib-stream";

    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public int QueueCapacity { get; set; } = new CollectOptions().QueueCapacity;

    public bool Commands { get; set; }

    /// <summary>Null = off.</summary>
    public StatsdOptions? Statsd { get; set; }

    /// <summary>Further guilds with their schemas, which must be migrated.</summary>
    public Dictionary<ulong, string> OtherGuilds { get; } = [];

    /// <summary>The one that was started last.</summary>
    public HostedCollector Collector => _collector ?? throw new InvalidOperationException("no collector was started");

    /// <summary>Discord and the database, without a collector.</summary>
    /// <param name="database">Disposed of with the harness; one on the shared server when null.</param>
    public static async Task<CollectorHarness> CreateAsync(
        Func<TimeProvider, SimulatorOptions>? options = null, TestDatabase? database = null)
    {
        var time = new JumpingTime();
        var discord = await Simulator.StartAsync(
            options?.Invoke(time) ?? new SimulatorOptions { TimeProvider = time, IdentifyWindow = TimeSpan.Zero });

        return new CollectorHarness(time, discord, database ?? await TestDatabase.CreateAsync());
    }

    /// <summary>As <see cref="CreateAsync"/>, and the collector has synced the guild.</summary>
    public static async Task<CollectorHarness> StartAsync(
        Action<CollectorHarness>? arrange = null,
        Func<TimeProvider, SimulatorOptions>? options = null,
        TestDatabase? database = null)
    {
        var harness = await CreateAsync(options, database);
        try
        {
            arrange?.Invoke(harness);
            harness.StartCollector();
            await harness.WaitUntilSyncedAsync();

            return harness;
        }
        catch
        {
            await harness.DisposeAsync();
            throw;
        }
    }

    public void StartCollector()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _drains = DrainTimeout > TimeSpan.Zero;
        var collector = _collector = new HostedCollector(Settings(), _loggers, Time);
        _collectors.Add(collector);
        _running = Task.Run(() => collector.RunAsync(_stop.Token));
    }

    /// <summary>Another copy of the program on the same Discord and database.</summary>
    public HostedCollector StartStandby()
    {
        var standby = new HostedCollector(Settings(), _loggers, Time);
        _stopStandby = new CancellationTokenSource();
        _standby = RunAsync(standby, _stopStandby.Token);

        return standby;

        static async Task RunAsync(HostedCollector standby, CancellationToken stop)
        {
            await using (standby)
            {
                await Task.Run(() => standby.RunAsync(stop), CancellationToken.None);
            }
        }
    }

    public async Task StopStandbyAsync()
    {
        await _stopStandby.CancelAsync();
        await _standby.WaitAsync(Limit);
    }

    /// <summary>As SIGTERM does: drains, and keeps the session.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Limit);
    }

    /// <summary>
    /// Stops without draining: what was read and is not committed is forgotten, as when the process is killed. Only for a collector that
    /// was started with <see cref="DrainTimeout"/> zero, for the settings of a running one do not change.
    /// </summary>
    public Task KillAsync() => _drains ? throw new InvalidOperationException("it drains: start it with DrainTimeout zero") : StopAsync();

    /// <summary>What ended the collector.</summary>
    public async Task<Exception> WaitForFaultAsync()
    {
        var end = await Record.ExceptionAsync(() => _running.WaitAsync(Limit));

        return end ?? throw new InvalidOperationException("the collector ended without a fault");
    }

    /// <summary>Waits until the position in the database is that of the last event that Discord has sent.</summary>
    public Task WaitUntilCommittedAsync() => WaitForAsync(IsCommittedAsync, "everything that Discord sent is committed");

    /// <summary>Waits until the guild's members are synced and everything that was sent is committed.</summary>
    /// <param name="passTime">Lets time go ten times as fast: a start soon after another one waits before it asks for the members.</param>
    public Task WaitUntilSyncedAsync(bool passTime = false)
    {
        const string What = "all guilds are synced and committed";

        return passTime ? PassTimeUntilAsync(IsDoneAsync, What) : WaitForAsync(IsDoneAsync, What);

        async Task<bool> IsDoneAsync() => await IsCommittedAsync() && await IsSyncedAsync();
    }

    /// <summary>
    /// Discord forgets the session and the collector begins a new one, which asks for the members again: the window of 30 s is skipped.
    /// </summary>
    public async Task NewSessionAsync()
    {
        var identified = Discord.Gateway.IdentifyCount;
        Time.Skip(TimeSpan.FromSeconds(31));
        Discord.Gateway.InvalidateSessions();
        await Discord.Gateway.AbortAllAsync();
        await PassTimeUntilAsync(() => Discord.Gateway.IdentifyCount > identified && Discord.Gateway.IsLive, "there is a new session");
    }

    /// <summary>Lets time go ten times as fast until something has happened.</summary>
    public Task PassTimeUntilAsync(Func<bool> condition, string what) => PassTimeUntilAsync(() => Task.FromResult(condition()), what);

    public Task PassTimeUntilAsync(Func<Task<bool>> condition, string what) => WaitForAsync(
        async () =>
        {
            if (await condition())
            {
                return true;
            }

            Time.Skip(TimeSpan.FromMilliseconds(200));

            return false;
        },
        what);

    public async Task<bool> IsSyncedAsync() =>
        await Database.ScalarAsync<long>("select count(*) from metricity.guilds where members_synced_at is null") == 0;

    /// <summary>The database takes no connections any more, and those it has break: as when the server is stopped.</summary>
    public async Task StopDatabaseAsync()
    {
        await OnServerAsync($"alter database {Database.Name} allow_connections false");
        Database.DataSource.Clear();
        await OnServerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Database.Name}'");
    }

    public Task StartDatabaseAsync() => OnServerAsync($"alter database {Database.Name} allow_connections true");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Record.ExceptionAsync(() => _running.WaitAsync(Limit));
        await Discord.DisposeAsync();
        foreach (var collector in _collectors)
        {
            await collector.DisposeAsync();
        }

        await Database.DisposeAsync();
        _stopStandby.Dispose();
        _loggers.Dispose();
        _stop.Dispose();
    }

    private async Task OnServerAsync(string sql)
    {
        var server = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    public async Task<bool> IsCommittedAsync()
    {
        if (Discord.Gateway.Session is not { } session)
        {
            return false;
        }

        var committed = await Database.ScalarAsync<string>("select session_id || ' ' || sequence from metricity.positions");

        return committed == $"{session.Id} {session.LastSequence}";
    }

    public Task WaitForAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            if (_running.IsFaulted)
            {
                throw new InvalidOperationException($"the collector ended while a test waited: {what}", _running.Exception);
            }

            return condition();
        },
        what,
        Limit);

    private Settings Settings()
    {
        var guilds = new List<GuildSettings> { GuildSettings(Guild.Id, "public") };
        guilds.AddRange(OtherGuilds.Select(other => GuildSettings(other.Key, other.Value)));

        return new Settings(
            new Secret(Discord.Token),
            Discord.ApiBaseUrl,
            Compression,
            new Secret(Database.ConnectionString),
            guilds,
            new CollectOptions { CollectBots = CollectBots, QueueCapacity = QueueCapacity },
            DrainTimeout,
            new LogSettings(IsJson: false, "Debug"))
        {
            Commands = Commands,
            Statsd = Statsd,
        };
    }

    private GuildSettings GuildSettings(ulong id, string schema) => new(
        new Snowflake(id), schema, new Snowflake(StaffRole.Id), Ids(StaffCategories), Ids(StaffChannels), Ids(IgnoreCategories));

    private static HashSet<Snowflake> Ids(IEnumerable<ulong> ids) => [.. ids.Select(id => new Snowflake(id))];
}
