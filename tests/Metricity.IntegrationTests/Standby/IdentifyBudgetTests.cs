using Metricity.Collect;
using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Hosting;
using Metricity.IntegrationTests.Collect;
using Metricity.Testing;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Standby;

public sealed class IdentifyBudgetTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly int Starts = TestLength.Of(usual: 5, nightly: 50);

    [Theory]
    [InlineData("alter table messages rename to mislaid")]
    [InlineData("drop table metricity.identifies")]
    [InlineData("create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$; "
        + "create trigger refuse before insert or update on metricity.identify_budget for each row execute function refuse()")]
    public async Task Crash_loop_with_a_broken_database_sends_no_identify(string damage)
    {
        await using var discord = await Simulator.StartAsync(new SimulatorOptions { RateLimits = false });
        var guild = discord.World.AddGuild();
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(damage);
        using var loggers = LoggerFactory.Create(_ => { });

        for (var start = 0; start < Starts; start++)
        {
            await using var collector = new HostedCollector(Settings(discord, database, guild), loggers, TimeProvider.System);
            await Assert.ThrowsAsync<StopException>(() => collector.RunAsync(default).WaitAsync(Limit));
        }

        Assert.Equal(0, discord.Gateway.IdentifyCount);
        Assert.Empty(discord.Gateway.Connections);
    }

    [Fact]
    public async Task Database_that_takes_no_writes_gets_no_session_begun_until_it_does()
    {
        await using var discord = await Simulator.StartAsync();
        var guild = discord.World.AddGuild();
        await using var database = await TestDatabase.CreateAsync();
        await using var blocker = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await using var command = blocker.CreateCommand();
        command.CommandText = "lock table messages in share mode";
        await command.ExecuteNonQueryAsync();
        await using var collector = new RunningCollector(Settings(discord, database, guild));

        await collector.Log.WaitForAsync(
            record => record.Id.Id == LogEvents.Gateway.ConnectionEnded
                && record.Message.Contains("no new session may begin", StringComparison.Ordinal),
            Limit);
        Assert.Equal(0, discord.Gateway.IdentifyCount);
        await transaction.RollbackAsync();

        await discord.Gateway.WaitForIdentifyAsync(guard: Limit);
    }

    [Fact]
    public async Task Lost_session_is_followed_by_one_identify_also_over_a_restart()
    {
        await using var discord = await Simulator.StartAsync(new SimulatorOptions { MemberRequestWindow = TimeSpan.Zero });
        var guild = discord.World.AddGuild();
        await using var database = await TestDatabase.CreateAsync();
        await using (new RunningCollector(Settings(discord, database, guild)))
        {
            await discord.Gateway.WaitForIdentifyAsync(guard: Limit);
            await CommittedAsync(discord, database);
        }

        discord.Gateway.InvalidateSessions();
        await using var collector = new RunningCollector(Settings(discord, database, guild));
        await discord.Gateway.WaitForIdentifyAsync(2, Limit);
        await CommittedAsync(discord, database);
        guild.PostMessage(guild.AddChannel("talk"));
        await CommittedAsync(discord, database);

        Assert.Equal(2, discord.Gateway.IdentifyCount);
        Assert.Equal(998, await database.ScalarAsync<int>("select remaining from metricity.identify_budget"));
    }

    [Fact]
    public async Task Spent_budget_is_waited_for_and_known_to_the_next_start()
    {
        await using var discord = await Simulator.StartAsync(new SimulatorOptions { IdentifyRemaining = 0 });
        discord.Gateway.IdentifyResetAfter = TimeSpan.FromHours(2);
        var guild = discord.World.AddGuild();
        await using var database = await TestDatabase.CreateAsync();
        for (var start = 0; start < 2; start++)
        {
            await using var collector = new RunningCollector(Settings(discord, database, guild));
            await collector.Log.WaitForAsync(record => record.Id.Id == LogEvents.Gateway.IdentifyWaits, Limit);
        }

        Assert.Equal(0, discord.Gateway.IdentifyCount);
        Assert.Equal(0, await database.ScalarAsync<int>("select remaining from metricity.identify_budget"));
    }

    private static Task CommittedAsync(Simulator discord, TestDatabase database) => Eventually.TrueAsync(
        async () => discord.Gateway.Session is { } session
            && await database.ScalarAsync<string>("select session_id || ' ' || sequence from metricity.positions")
                == $"{session.Id} {session.LastSequence}",
        "everything sent is committed",
        Limit);

    private static Settings Settings(Simulator discord, TestDatabase database, SimGuild guild) => new(
        new Secret(discord.Token),
        discord.ApiBaseUrl,
        GatewayOptions.ZlibStream,
        new Secret(database.ConnectionString),
        [new GuildSettings(new Snowflake(guild.Id), "public", null, new HashSet<Snowflake>(), new HashSet<Snowflake>(), new HashSet<Snowflake>())],
        new CollectOptions(),
        TimeSpan.FromSeconds(20),
        new LogSettings(IsJson: false, "Debug"));
}
