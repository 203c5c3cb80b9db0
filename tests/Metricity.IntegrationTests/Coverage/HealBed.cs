using Metricity.Collect;
using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.Hosting;
using Metricity.IntegrationTests.Collect;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Coverage;

/// <summary>
/// A Discord on loopback, a database, and the real collector between them, on one clock that can be moved on. The guild begins with an
/// owner, the bot, a text channel and a member.
/// </summary>
internal sealed class HealBed : IAsyncDisposable
{
    /// <summary>Guard of every wait: long, because a build machine may do much at a time.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ILoggerFactory _loggers;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private HealBed(JumpingTime time, Simulator discord, TestDatabase database)
    {
        Time = time;
        Discord = discord;
        Database = database;
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(Log)));
        Guild = discord.World.AddGuild();
        General = Guild.AddChannel("general");
        Ann = Guild.AddMember("ann");
    }

    public JumpingTime Time { get; }

    public Simulator Discord { get; }

    public TestDatabase Database { get; }

    public FakeLogCollector Log { get; } = new();

    public SimGuild Guild { get; }

    public SimChannel General { get; }

    public SimMember Ann { get; }

    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Discord and a database, without a collector.</summary>
    public static async Task<HealBed> CreateAsync(int replayBuffer = 100_000, bool rateLimits = false)
    {
        var time = new JumpingTime();
        var discord = await Simulator.StartAsync(new SimulatorOptions
        {
            TimeProvider = time,
            IdentifyWindow = TimeSpan.Zero,
            MemberRequestWindow = TimeSpan.Zero,
            ReplayBufferSize = replayBuffer,
            RateLimits = rateLimits,
            SessionTtl = TimeSpan.FromHours(24),
        });

        return new HealBed(time, discord, await TestDatabase.CreateAsync());
    }

    /// <summary>As <see cref="CreateAsync"/>, and the collector has synced the guild.</summary>
    public static async Task<HealBed> StartAsync(int replayBuffer = 100_000)
    {
        var bed = await CreateAsync(replayBuffer);
        bed.StartCollector();
        await bed.WaitUntilSyncedAsync();

        return bed;
    }

    public void StartCollector()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _running = Task.Run(async () =>
        {
            await using var collector = new HostedCollector(Settings(), _loggers, Time);
            await collector.RunAsync(_stop.Token);
        });
    }

    /// <summary>As SIGTERM does: drains, and keeps the session.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Limit);
    }

    /// <summary>Stops without draining: what was read and is not committed is forgotten, as when the process is killed.</summary>
    public async Task KillAsync()
    {
        DrainTimeout = TimeSpan.Zero;
        await StopAsync();
        DrainTimeout = TimeSpan.FromSeconds(20);
    }

    public Task WaitUntilCommittedAsync() => WaitForAsync(IsCommittedAsync, "everything that Discord sent is committed");

    public Task WaitUntilSyncedAsync() => WaitForAsync(
        async () => await IsCommittedAsync()
            && await Database.ScalarAsync<long>("select count(*) from metricity.guilds where members_synced_at is null") == 0,
        "the guild is synced and committed",
        skip: true);

    /// <summary>Waits until no gap is open, letting time go fast.</summary>
    public async Task WaitUntilHealedAsync()
    {
        await WaitUntilSyncedAsync();
        await WaitForAsync(async () => (await OpenGapsAsync()).Count == 0, "no gap is open", skip: true);
    }

    public Task<IReadOnlyList<string>> OpenGapsAsync() => Database.ListAsync<string>(
        "select reason from metricity.coverage where kind = 'gap' and healed_at is null order by id");

    /// <summary>The ledger as the guild's admins see it, oldest first: status and reason.</summary>
    public Task<IReadOnlyList<string>> CoverageAsync() => Database.ListAsync<string>(
        "select status || coalesce(': ' || reason, '') from coverage order by started_at, id");

    public Task<bool> ScalarTrueAsync(string sql) => Database.ScalarAsync<bool>(sql);

    /// <summary>Waits for a condition; with <paramref name="skip"/> time goes ten times as fast meanwhile.</summary>
    public Task WaitForAsync(Func<Task<bool>> condition, string what, bool skip = false) => Eventually.TrueAsync(
        async () =>
        {
            if (_running.IsFaulted)
            {
                throw new InvalidOperationException($"the collector ended while a test waited: {what}", _running.Exception);
            }

            if (await condition())
            {
                return true;
            }

            if (skip)
            {
                Time.Skip(TimeSpan.FromMilliseconds(200));
            }

            return false;
        },
        what,
        Limit);

    /// <summary>Discord forgets the session; the collector begins a new one.</summary>
    public async Task LoseSessionAsync()
    {
        var identified = Discord.Gateway.IdentifyCount;
        Discord.Gateway.InvalidateSessions();
        await Discord.Gateway.AbortAllAsync();
        await WaitForAsync(
            () => Task.FromResult(Discord.Gateway.IdentifyCount > identified && Discord.Gateway.IsLive), "there is a new session", skip: true);
    }

    public Settings Settings() => new(
        new Secret(Discord.Token),
        Discord.ApiBaseUrl,
        "zlib-stream",
        new Secret(Database.ConnectionString),
        [new GuildSettings(new Snowflake(Guild.Id), "public", null, new HashSet<Snowflake>(), new HashSet<Snowflake>(), new HashSet<Snowflake>())],
        new CollectOptions(),
        DrainTimeout,
        new LogSettings(IsJson: false, "Debug"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Record.ExceptionAsync(() => _running.WaitAsync(Limit));
        await Discord.DisposeAsync();
        await Database.DisposeAsync();
        _loggers.Dispose();
        _stop.Dispose();
    }

    private async Task<bool> IsCommittedAsync()
    {
        if (Discord.Gateway.Session is not { } session)
        {
            return false;
        }

        var committed = await Database.ScalarAsync<string>("select session_id || ' ' || sequence from metricity.positions");

        return committed == $"{session.Id} {session.LastSequence}";
    }
}
