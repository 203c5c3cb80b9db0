using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>What tests can look at and wait for. Every wait is guarded by 10 s of real time, or by the time that is given.</summary>
public sealed partial class SimGateway
{
    private readonly List<SimHeartbeat> _heartbeats = [];
    private readonly List<Exception> _failures = [];
    private int _upgradeRequests;

    /// <summary>IDENTIFYs received, refused ones included.</summary>
    public int IdentifyCount { get; private set; }

    /// <summary>RESUMEs received, refused ones included.</summary>
    public int ResumeCount { get; private set; }

    /// <summary>RESUMEs that were answered with a replay and RESUMED.</summary>
    public int ResumedCount { get; private set; }

    /// <summary>Full and partial member requests (op 8) received.</summary>
    public int MemberRequestCount { get; private set; }

    public int ChunksSent { get; private set; }

    public int MissedHeartbeats { get; private set; }

    /// <summary>HTTP upgrade requests, refused ones included.</summary>
    public int UpgradeRequests => Volatile.Read(ref _upgradeRequests);

    /// <summary>Intents of the last IDENTIFY.</summary>
    public long LastIntents { get; private set; }

    /// <summary>Properties of the last IDENTIFY.</summary>
    public JsonElement LastProperties { get; private set; }

    /// <summary><c>seq</c> of the last RESUME.</summary>
    public long? LastResumeSequence { get; private set; }

    /// <summary>Code of the client's last close frame; null when it dropped TCP.</summary>
    public int? LastClientCloseCode { get; private set; }

    /// <summary>Exceptions within the simulator itself; a test may assert that there are none.</summary>
    public IReadOnlyList<Exception> Failures => Locked(() => _failures.ToArray());

    /// <summary>All connections there ever were, in order.</summary>
    public IReadOnlyList<SimConnection> Connections => Locked(() => _connections.ToArray());

    /// <summary>Sessions that are not forgotten, connected or not.</summary>
    public IReadOnlyList<SimSession> Sessions => Locked(() => _sessions.ToArray());

    /// <summary>The newest session, if the server still has one.</summary>
    public SimSession? Session => Locked(() => _sessions.LastOrDefault());

    /// <summary>The newest connection that is open.</summary>
    public SimConnection? Current => Locked(() => _connections.FindLast(connection => connection.IsOpen));

    /// <summary>Heartbeats of all connections, in order.</summary>
    public IReadOnlyList<SimHeartbeat> Heartbeats => Locked(() => _heartbeats.ToArray());

    /// <summary>Last number given out in the newest session.</summary>
    public long LastSequence => Session?.LastSequence ?? 0;

    /// <summary>A client is connected with a session that lives.</summary>
    public bool IsLive => Locked(() => _sessions.Exists(session => session.Connection is { IsOpen: true }));

    /// <summary>Dispatches handed to the sockets of all connections.</summary>
    public long SentCount => Connections.Sum(connection => connection.DispatchesWritten);

    /// <summary>Waits until so many IDENTIFYs have come.</summary>
    public Task WaitForIdentifyAsync(int count = 1, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => IdentifyCount >= count, $"IDENTIFY number {count}", guard, ct);
    }

    /// <summary>Waits until so many RESUMEs have come, successful or not.</summary>
    public Task WaitForResumeAsync(int count = 1, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => ResumeCount >= count, $"RESUME number {count}", guard, ct);
    }

    /// <summary>Waits until so many RESUMEs have succeeded.</summary>
    public Task WaitForResumedAsync(int count = 1, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => ResumedCount >= count, $"successful RESUME number {count}", guard, ct);
    }

    /// <summary>Waits until a client is connected with a living session, and READY or the replay is on its way.</summary>
    public Task WaitForLiveAsync(TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => IsLive, "a live session", guard, ct);
    }

    public Task WaitForConnectionsAsync(int count, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => _connections.Count >= count, $"connection number {count}", guard, ct);
    }

    public Task WaitForHeartbeatAsync(Func<SimHeartbeat, bool>? predicate = null, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => _heartbeats.Exists(beat => predicate?.Invoke(beat) ?? true), "a heartbeat", guard, ct);
    }

    /// <summary>Waits until so many op 8 have come.</summary>
    public Task WaitForMemberRequestAsync(int count = 1, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => MemberRequestCount >= count, $"member request number {count}", guard, ct);
    }

    /// <summary>Waits until no client is connected.</summary>
    public Task WaitForDisconnectAsync(TimeSpan? guard = null, CancellationToken ct = default)
    {
        return WaitAsync(() => _connections.TrueForAll(connection => connection.IsEnded), "the client to disconnect", guard, ct);
    }

    /// <summary>Waits until all that is queued for open connections has been handed to their sockets.</summary>
    public Task WaitForDrainedAsync(TimeSpan? guard = null, CancellationToken ct = default)
    {
        var barriers = new List<Task>();
        EachOpen(connection =>
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            connection.Send(new Outgoing(OutgoingKind.Barrier) { Done = done });
            barriers.Add(done.Task);
        });
        return WaitAsync(() => barriers.TrueForAll(task => task.IsCompleted), "the client to read what was sent", guard, ct);
    }

    /// <summary>Waits for any condition about gateway or world; it is looked at under the lock whenever something changes.</summary>
    public Task WaitAsync(Func<bool> condition, string what, TimeSpan? guard = null, CancellationToken ct = default)
    {
        return Signal.WaitAsync(() => Locked(condition), () => what + ". " + Describe(), guard, ct);
    }

    private string Describe()
    {
        var last = Connections.Count == 0 ? null : Connections[^1];
        return $"IDENTIFY {IdentifyCount}, RESUME {ResumeCount} ({ResumedCount} successful), upgrades {UpgradeRequests}, "
            + $"connections {Connections.Count}, last one open {last?.IsOpen}, closed by us with {last?.ServerCloseCode}, by the client with {last?.ClientCloseCode}, "
            + $"ops received {string.Join(' ', last?.Received.TakeLast(10).Select(r => r.Op) ?? [])}";
    }

    private T Locked<T>(Func<T> read)
    {
        lock (World.Gate)
        {
            return read();
        }
    }
}
