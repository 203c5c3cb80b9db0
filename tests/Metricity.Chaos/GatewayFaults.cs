using Metricity.DiscordSimulator;

namespace Metricity.Chaos;

/// <summary>What Discord's gateway and the way to it can do.</summary>
internal static class GatewayFaults
{
    /// <summary>Exit code of a collector that Discord refuses.</summary>
    private const int DiscordExit = 4;

    /// <summary>After these a client resumes; 0 is a close frame without a code.</summary>
    private static readonly int[] ResumableCodes = [0, 1000, 1001, 1011, 4000, 4002, 4008];

    /// <summary>After these the session is gone.</summary>
    private static readonly int[] LosingCodes = [4001, 4003, 4005, 4006, 4007, 4009];

    /// <summary>After these a client must stop for good; here the supervisor starts it again.</summary>
    private static readonly int[] FatalCodes = [4004, 4010, 4011, 4012, 4013, 4014];

    public static IReadOnlyList<Fault> All { get; } =
    [
        .. ResumableCodes.Select(code => Live($"close {code}", 1, (gateway, _, _) => gateway.CloseAllAsync(code))),
        .. LosingCodes.Select(code => Live($"close {code}", 1, (gateway, _, _) => gateway.CloseAllAsync(code), losesEvents: true)),
        .. FatalCodes.Select(code => new Fault(Lane.Gateway, $"close {code}", 1, (bed, _, stop) => RefuseAsync(bed, code, stop), LosesEvents: true)),
        Live("connection dropped", 2, (gateway, _, _) => gateway.AbortAllAsync()),
        Live("cut in mid-frame", 2, (gateway, _, _) => gateway.AbortMidFrameAsync()),
        Live("cut in mid-message", 1, (gateway, _, _) => gateway.AbortMidMessageAsync()),
        Live("cut in mid-payload", 1, (gateway, _, _) => gateway.AbortMidPayloadAsync()),
        Live("payload corrupted", 1, (gateway, _, _) => Now(gateway.CorruptNextPayload)),
        Live("op 7", 2, (gateway, _, _) => Now(() => gateway.SendReconnect())),
        Live("op 7 during replay", 1, (gateway, _, _) => Again(gateway, () => gateway.DuringReplay(SimReply.Reconnect))),
        Live("op 7 instead of HELLO", 1, (gateway, _, _) => Again(gateway, () => gateway.ReconnectInsteadOfHello())),
        Live("cut during replay", 2, (gateway, _, _) => Again(gateway, () => gateway.DuringReplay(SimReply.Abort))),
        Live("close 4000 during replay", 1, (gateway, _, _) => Again(gateway, () => gateway.DuringReplay(SimReply.Close(4000)))),
        Live("op 9 true", 1, (gateway, _, _) => Now(() => gateway.SendInvalidSession(resumable: true))),
        Live("op 9 true on RESUME", 1, (gateway, _, _) => Again(gateway, () => gateway.NextResume(SimReply.InvalidSession(resumable: true)))),
        Live("op 9 false", 1, (gateway, _, _) => Now(() => gateway.SendInvalidSession(resumable: false)), losesEvents: true),
        Live("op 9 false on RESUME", 1, (gateway, _, _) => Again(gateway, gateway.InvalidateSessions), losesEvents: true),
        Live("op 1", 1, (gateway, _, _) => Now(gateway.RequestHeartbeat)),
        Live("ACK missed", 1, (gateway, _, _) => Now(() => gateway.SkipAcks())),
        Live("no ACKs", 1, (gateway, random, stop) => ZombieAsync(gateway, blackHole: false, random, stop)),
        Live("black hole", 2, (gateway, random, stop) => ZombieAsync(gateway, blackHole: true, random, stop)),
        Live("delivery stalls", 2, StallAsync),
        Live("replay begins too early", 2, (gateway, random, _) => Again(gateway, () => gateway.ReplayEarlierNext = 1 + random.Next(500))),
        Live("upgrade answered 503", 1, (gateway, random, _) => Again(gateway, () => gateway.RefuseUpgrade(503, 1 + random.Next(2)))),
        Live("upgrade dropped", 1, (gateway, random, _) => Again(gateway, () => gateway.ResetUpgrade(1 + random.Next(2)))),
        Live("HELLO late", 1, (gateway, random, _) => Again(gateway, () => gateway.DelayHello(TimeSpan.FromSeconds(random.NextDouble() * 3)))),
        Live("frames fragmented", 1, FragmentAsync),
        Live("replay buffer of 10", 2, ForgetAsync, losesEvents: true),
    ];

    private static Fault Live(
        string name, int weight, Func<SimGateway, Random, CancellationToken, Task> fallAsync, bool losesEvents = false)
    {
        return new Fault(Lane.Gateway, name, weight, FallAsync, losesEvents);

        async Task<bool> FallAsync(Bed bed, Random random, CancellationToken stop)
        {
            var gateway = bed.Simulator.Gateway;
            try
            {
                await gateway.WaitForLiveAsync(TimeSpan.FromSeconds(10), stop);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                return false; // nobody is there: the collector or its database has a fault of its own
            }

            try
            {
                await fallAsync(gateway, random, stop);
            }
            catch (TimeoutException)
            {
                bed.Journal.Note($"the client did not end its half of the connection after: {name}");
            }

            return true;
        }
    }

    private static Task Now(Action action)
    {
        action();

        return Task.CompletedTask;
    }

    /// <summary>Sets the trap, then makes the client come again.</summary>
    private static Task Again(SimGateway gateway, Action trap)
    {
        trap();

        return gateway.AbortAllAsync();
    }

    /// <summary>Heartbeats stay without an answer, with or without events, until well after the client should have noticed.</summary>
    private static async Task ZombieAsync(SimGateway gateway, bool blackHole, Random random, CancellationToken stop)
    {
        gateway.AckHeartbeats = false;
        if (blackHole)
        {
            gateway.PauseDelivery();
        }

        await Bed.PauseAsync(Bed.HeartbeatInterval * (1 + (2 * random.NextDouble())), stop);
        gateway.AckHeartbeats = true;
        gateway.ResumeDelivery();
    }

    private static async Task StallAsync(SimGateway gateway, Random random, CancellationToken stop)
    {
        gateway.PauseDelivery();
        await Bed.PauseAsync(random, 0.2, 4, stop);
        gateway.ResumeDelivery();
    }

    private static async Task FragmentAsync(SimGateway gateway, Random random, CancellationToken stop)
    {
        gateway.FragmentFrames = 1 + random.Next(4);
        gateway.SplitMessages = 1 + random.Next(4);
        await Bed.PauseAsync(random, 1, 4, stop);
        gateway.FragmentFrames = 1;
        gateway.SplitMessages = 1;
    }

    /// <summary>The client is away for a while, and the server keeps ten events for it.</summary>
    private static async Task ForgetAsync(SimGateway gateway, Random random, CancellationToken stop)
    {
        var size = gateway.ReplayBufferSize;
        gateway.ReplayBufferSize = 10;
        gateway.RefuseUpgrade(503, 1 + random.Next(2));
        await gateway.AbortAllAsync();
        await Bed.PauseAsync(random, 1, 5, stop);
        gateway.ReplayBufferSize = size;
    }

    private static async Task<bool> RefuseAsync(Bed bed, int code, CancellationToken stop)
    {
        bed.Collectors.Excuse(DiscordExit, TimeSpan.FromSeconds(30));
        var close = Live("", 1, (gateway, _, _) => gateway.CloseAllAsync(code));

        return await close.FallAsync(bed, new Random(code), stop);
    }
}
