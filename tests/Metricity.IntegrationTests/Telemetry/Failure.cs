using Metricity.Collect;
using Metricity.DiscordSimulator;
using Metricity.IntegrationTests.Collect;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>How a failure of the table is caused, and mended.</summary>
internal sealed class Failure
{
    /// <summary>Gives the collector that the row speaks of.</summary>
    public required Func<CollectorHarness, Task<HostedCollector>> Cause { get; init; }

    public Func<CollectorHarness, Task> Mend { get; init; } = _ => Task.CompletedTask;

    /// <summary>A collector of its own; null = the shared one will do, since it is as before afterwards.</summary>
    public Func<Task<CollectorHarness>>? Arrange { get; init; }

    /// <summary>It does not get ready again.</summary>
    public bool IsTheEnd { get; init; }

    public static IReadOnlyDictionary<string, Failure> All { get; } = new Dictionary<string, Failure>
    {
        ["Database down"] = Of(
            async run =>
            {
                await run.StopDatabaseAsync();

                // Known to be away first: a try in the very moment of the stop could meet other errors.
                await run.PassTimeUntilAsync(() => !run.Collector.Health.Ready().IsHealthy, "the outage is seen");
                run.Guild.PostMessage(run.General);
                run.Guild.PostMessage(run.General);
            },
            run => run.StartDatabaseAsync(),
            own: true),
        ["Database slow, or a table locked"] = Of(
            async run =>
            {
                var blocked = await DatabaseTroubles.LockMessagesAsync(run);
                run.Guild.PostMessage(run.General);
                await blocked.WaitUntilBlockedAsync();
                run.Guild.PostMessage(run.General);
                run.Time.Skip(TimeSpan.FromMinutes(6));
                await blocked.EndTryAsync(); // real time has not passed: the statement's own limit cannot do it
            },
            DatabaseTroubles.UnlockAsync,
            own: true),
        ["Disk full, read-only, deadlock, serialization failure"] = Of(
            async run =>
            {
                await DatabaseTroubles.RefuseMessagesAsync(run, "53100");
                run.Guild.PostMessage(run.General);
            },
            DatabaseTroubles.AcceptMessagesAsync),
        ["Row refused by PostgreSQL (class 22, 23)"] = Of(
            async run =>
            {
                await DatabaseTroubles.RefuseMessagesAsync(run, "23514");
                run.Guild.PostMessage(run.General);
            },
            DatabaseTroubles.AcceptMessagesAsync),
        ["Schema older or newer than the program"] = Of(
            async run =>
            {
                await run.Database.ExecuteAsync(
                    """insert into metricity_migrations (version, description) values (29990101000000, 'from_the_future')""");
                run.Time.Skip(TimeSpan.FromMinutes(1));
            },
            run => run.Database.ExecuteAsync("""delete from metricity_migrations where version = 29990101000000""")),
        ["Session lost (op 9)"] = WhileAway(run => Do(() => run.Discord.Gateway.SendInvalidSession(resumable: false))),
        ["Discord asks to reconnect (op 7)"] = WhileAway(run => Do(() => run.Discord.Gateway.SendReconnect())),
        ["Heartbeats unanswered (zombie)"] = WhileAway(
            async run =>
            {
                run.Discord.Gateway.AckHeartbeats = false;
                var beats = run.Discord.Gateway.Heartbeats.Count;
                for (var i = 1; i <= 3; i++)
                {
                    var due = beats + i;
                    await run.PassTimeUntilAsync(
                        () =>
                        {
                            run.Time.Skip(TimeSpan.FromSeconds(4));

                            return run.Discord.Gateway.Heartbeats.Count >= due || !run.Discord.Gateway.IsLive;
                        },
                        "the next heartbeat");
                }
            }),
        ["Connection cut"] = WhileAway(run => run.Discord.Gateway.AbortAllAsync()),
        ["Discord closes with a code (4000 to 4009)"] = Of(async run =>
        {
            // 4004 refuses the token and ends the program.
            foreach (var code in Enumerable.Range(4001, 9).Where(code => code != 4004))
            {
                var metric = $"metricity_gateway_reconnects_total{{reason=\"closed_{code}\"}}";
                var before = Readings.Of(run.Collector)[metric];
                await run.Discord.Gateway.CloseAllAsync(code);
                await run.PassTimeUntilAsync(() => Readings.Of(run.Collector)[metric] == before + 1, $"{metric} rises");
                await run.PassTimeUntilAsync(() => run.Collector.Health.Ready().IsHealthy, $"back after {code}");
                run.Time.Skip(FailureBed.Stable);
            }

            run.Discord.Gateway.RefuseUpgrade(times: Always);
            await run.Discord.Gateway.CloseAllAsync(4000);
        },
        run => Do(run.Discord.Gateway.ClearFaults)),
        ["RESUME not accepted"] = Of(async run =>
        {
            run.Discord.Gateway.NextResume(SimReply.InvalidSession(resumable: false));
            await run.Discord.Gateway.AbortAllAsync();
        }),
        ["Resumed"] = Of(run => run.Discord.Gateway.AbortAllAsync()),
        ["Damaged zlib stream"] = WhileAway(run => Do(() =>
        {
            run.Discord.Gateway.CorruptNextPayload();
            run.Guild.PostMessage(run.General);
        })),
        ["Discord not reachable"] = WhileAway(run => run.Discord.Gateway.AbortAllAsync()),
        ["Session starts used up"] = Of(
            async run =>
            {
                run.Discord.Gateway.IdentifyRemaining = 0;
                run.Discord.Gateway.InvalidateSessions();
                await run.Discord.Gateway.AbortAllAsync();
            },
            run => Do(() =>
            {
                run.Discord.Gateway.IdentifyRemaining = 1000;
                run.Time.Skip(run.Discord.Gateway.IdentifyResetAfter + TimeSpan.FromMinutes(1));
            }),
            own: true),
        ["REST answers 429"] = Of(run => Do(() =>
        {
            run.Discord.Rest.RateLimitNext("user", TimeSpan.FromSeconds(1));
            AskForAChannel(run);
        })),
        ["REST answers 5xx"] = Of(run => Do(() =>
        {
            run.Discord.Rest.Fail(null, 502);
            AskForAChannel(run);
        })),
        ["Events missing in the log"] = Of(run => Do(() => MissEvents(run)), HealedAsync),
        ["Gap opened"] = Of(
            run => Do(() =>
            {
                run.Discord.Rest.Fail("channels/{id}/messages", 500, times: Always);
                MissEvents(run);
            }),
            async run =>
            {
                run.Discord.Rest.ClearFaults();
                run.Time.Skip(TimeSpan.FromMinutes(3));
                await HealedAsync(run);
            }),
        ["Gap healed"] = Of(run => Do(() => MissEvents(run))),
        ["Channel's history not readable"] = Of(
            async run =>
            {
                run.Guild.HideHistory(run.General);
                MissEvents(run);
                await run.PassTimeUntilAsync(
                    () => run.Log.GetSnapshot().Any(record => record.Id.Id == LogEvents.Coverage.GapLeftOpen), "the gap is left open");
            },
            async run =>
            {
                run.Guild.Unhide(run.General);
                await HealedAsync(run);
            },
            own: true),
        ["Guild in an outage, or bot removed from it"] = Of(
            run => Do(() => run.Guild.SetUnavailable(true)),
            async run =>
            {
                run.Guild.SetUnavailable(false);
                await HealedAsync(run);
            }),
        ["Payload with a field that cannot be read"] = Of(run => Do(() =>
            run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", $$"""{"id":{},"channel_id":[],"guild_id":"{{run.Guild.Id}}"}"""))),
        ["Payload that is broken as a whole"] = Of(
            run => Do(() => run.Discord.Gateway.SendRaw("{\"op\":0,\"t\":\"MESSAGE_CREATE\"")),
            own: true,
            arrange: run => run.Compression = "none"),
        ["Queue full"] = Of(
            async run =>
            {
                var blocked = await DatabaseTroubles.LockMessagesAsync(run);
                run.Guild.PostMessage(run.General);
                await blocked.WaitUntilBlockedAsync();
                for (var i = 0; i < new CollectOptions().BatchSize + 200; i++) // the next batch is filled meanwhile
                {
                    run.Guild.PostMessage(run.General);
                }
            },
            DatabaseTroubles.UnlockAsync,
            own: true,
            arrange: run => run.QueueCapacity = 100),
        ["Second copy started"] = new Failure
        {
            Cause = run => Task.FromResult(run.StartStandby()),
            Mend = run => run.StopStandbyAsync(),
        },
        ["Writer replaced by another copy"] = Of(DatabaseTroubles.TakeOverAsync, DatabaseTroubles.UnlockAsync, own: true),
        ["Writer's loop hangs"] = Of(
            async run =>
            {
                // As seen from outside: the database answers, events wait, and for minutes no try to commit ends.
                var blocked = await DatabaseTroubles.LockMessagesAsync(run);
                run.Guild.PostMessage(run.General);
                await blocked.WaitUntilBlockedAsync();
                run.Time.Skip(TimeSpan.FromMinutes(6));
            },
            DatabaseTroubles.UnlockAsync,
            own: true),
        ["Asked to stop (SIGTERM)"] = new Failure
        {
            Cause = async run =>
            {
                var blocked = await DatabaseTroubles.LockMessagesAsync(run);
                run.Guild.PostMessage(run.General);
                await blocked.WaitUntilBlockedAsync();
                _ = run.StopAsync();

                return run.Collector;
            },
            Mend = DatabaseTroubles.UnlockAsync,
            Arrange = () => CollectorHarness.StartAsync(options: FailureBed.Options),
            IsTheEnd = true,
        },
    };

    private const int Always = 10_000;

    private static Failure Of(
        Func<CollectorHarness, Task> cause,
        Func<CollectorHarness, Task>? mend = null,
        bool own = false,
        Action<CollectorHarness>? arrange = null) => new()
        {
            Cause = async run =>
            {
                await cause(run);

                return run.Collector;
            },
            Mend = mend ?? (_ => Task.CompletedTask),
            Arrange = own ? () => CollectorHarness.StartAsync(arrange, FailureBed.Options) : null,
        };

    /// <summary>A connection that ends while Discord takes no new ones, so that what is said of the time without one can be seen.</summary>
    private static Failure WhileAway(Func<CollectorHarness, Task> end) => Of(
        run =>
        {
            run.Discord.Gateway.RefuseUpgrade(times: Always);

            return end(run);
        },
        run => Do(run.Discord.Gateway.ClearFaults));

    private static Task Do(Action action)
    {
        action();

        return Task.CompletedTask;
    }

    /// <summary>A message in a channel that nobody told of makes the collector ask REST for it.</summary>
    private static void AskForAChannel(CollectorHarness run)
    {
        run.Time.Skip(TimeSpan.FromMinutes(1)); // after a lookup that took too long there is none for so long
        var id = run.Discord.World.NextId();
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(id, id, run.Guild.Id, run.Ann.Id));
    }

    private static void MissEvents(CollectorHarness run)
    {
        run.Discord.Gateway.SkipSequence(3);
        run.Guild.PostMessage(run.General);
    }

    private static Task HealedAsync(CollectorHarness run) => run.PassTimeUntilAsync(
        async () => !await run.Database.ScalarAsync<bool>(
            "select exists (select from metricity.coverage where kind = 'gap' and healed_at is null)")
            && Readings.Of(run.Collector)["metricity_gaps_open"] == 0,
        "the gap is healed");
}
