using Metricity.Events;
using Metricity.Export;
using Metricity.IntegrationTests.Collect;
using Metricity.Tables;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Export;

public sealed class StatsdTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly Snowflake Guild = new(267624335836053506);

    [Fact]
    public async Task Guild_is_told_to_statsd_as_gauges_and_counters()
    {
        await using var statsd = new StatsdReceiver();
        await using var run = await CollectorHarness.StartAsync(run => run.Statsd = Options(statsd.Port));
        var before = await run.Database.ScalarAsync<long>("select count(*) from messages");
        for (var i = 0; i < 5; i++)
        {
            run.Guild.PostMessage(run.General, run.Ann);
        }

        var ben = run.Guild.AddMember("kanarienvogel");
        run.Guild.AddMember("cid");
        run.Guild.RemoveMember(ben);
        run.Guild.AddThread(run.General, owner: run.Ann);
        await run.WaitUntilCommittedAsync();
        var members = await run.Database.ScalarAsync<long>("select count(*) from users where in_guild");

        await PassAsync(
            run.Time,
            () => statsd.Counters.GetValueOrDefault("metricity.public.messages") == before + 5
                && statsd.Counters.GetValueOrDefault("metricity.public.joins") == 2
                && statsd.Counters.GetValueOrDefault("metricity.public.leaves") == 1
                && statsd.Gauges.GetValueOrDefault("metricity.public.members") == members
                && statsd.Gauges.GetValueOrDefault("metricity.public.threads_open") == 1,
            "StatsD has the figures");
        run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();
        await run.StopAsync();

        await Eventually.EqualAsync(
            before + 6, () => Task.FromResult(statsd.Counters["metricity.public.messages"]), "the last figures went out at the stop");
        Assert.Empty(statsd.Faults);
        Assert.Equal(3, statsd.Counters.Count);
        Assert.Equal(2, statsd.Gauges.Count);
        Assert.DoesNotContain(statsd.Datagrams, text => text.Contains("kanarie", StringComparison.Ordinal));
        Assert.DoesNotContain(statsd.Datagrams, text => text.Contains($"{run.Guild.Id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Statsd_that_is_away_is_logged_once_and_gets_what_was_counted_when_it_is_back()
    {
        var time = new JumpingTime();
        var log = new FakeLogCollector();
        using var stop = new CancellationTokenSource();
        var port = await FreePortAsync();
        var storage = new StorageStatus();
        storage.CountNew(Guild, new NewRows(7, 2, 1));
        var sender = new StatsdSender(
            Options(port),
            new Dictionary<Snowflake, string> { [Guild] = "Guild-One" },
            storage,
            new GuildSizes(time, new FakeLogger<GuildSizes>(log)),
            time,
            new FakeLogger<StatsdSender>(log));

        var running = sender.RunAsync(stop.Token);
        await PassAsync(time, () => Warnings(log) == 1, "that it is away is logged");
        for (var i = 0; i < 5; i++)
        {
            time.Skip(Interval);
        }

        storage.CountNew(Guild, new NewRows(3, 0, 0));
        await using var statsd = new StatsdReceiver(port);
        await PassAsync(
            time, () => !statsd.Counters.IsEmpty && log.GetSnapshot().Any(record => record.Level == LogLevel.Information), "it is back");
        await PassAsync(time, () => statsd.Datagrams.Count > 2, "it is sent to again");
        await stop.CancelAsync();
        await running;

        Assert.Equal(1, Warnings(log));
        Assert.Empty(statsd.Faults);
        Assert.Equal(2, statsd.Counters["metricity.guild-one.joins"]);
        Assert.Equal(1, statsd.Counters["metricity.guild-one.leaves"]);
        Assert.Equal(10, statsd.Counters["metricity.guild-one.messages"]);
        Assert.Empty(statsd.Gauges);
    }

    [Fact]
    public async Task Name_that_cannot_be_resolved_does_not_stop_the_sender()
    {
        var time = new JumpingTime();
        var log = new FakeLogCollector();
        using var stop = new CancellationTokenSource();
        var sender = new StatsdSender(
            Options(1) with { Host = "statsd.invalid" },
            new Dictionary<Snowflake, string>(),
            new StorageStatus(),
            new GuildSizes(time, new FakeLogger<GuildSizes>(log)),
            time,
            new FakeLogger<StatsdSender>(log));

        var running = sender.RunAsync(stop.Token);
        await PassAsync(time, () => Warnings(log) == 1, "that it is away is logged");
        await stop.CancelAsync();
        await running;

        Assert.Equal(1, Warnings(log));
    }

    private static StatsdOptions Options(int port) => new("127.0.0.1", port, "metricity", Interval);

    private static int Warnings(FakeLogCollector log) => log.GetSnapshot().Count(record => record.Level == LogLevel.Warning);

    private static async Task<int> FreePortAsync()
    {
        await using var receiver = new StatsdReceiver();

        return receiver.Port;
    }

    /// <summary>Lets time go fifty times as fast: members and threads are counted once a minute.</summary>
    private static Task PassAsync(JumpingTime time, Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            time.Skip(TimeSpan.FromSeconds(1));

            return condition();
        },
        what,
        CollectorHarness.Limit);
}
