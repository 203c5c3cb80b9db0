using Metricity.Gateway;

namespace Metricity.Ownership;

/// <summary>What a shard is doing.</summary>
internal enum ShardState
{
    /// <summary>It starts, or has no session with Discord at the moment.</summary>
    Connecting,

    /// <summary>Another process collects it; this one is ready to take over.</summary>
    Standby,

    Live,
}

/// <summary>
/// What this process's shard is doing, over all its turns as standby and writer. Any thread may read; the turns alone change it.
/// </summary>
internal sealed class ShardStatus(GatewayStatus gateway)
{
    private volatile bool _isStandby;
    private volatile bool _isCollecting;
    private volatile bool _sawDatabase;
    private volatile bool _isStopping;

    public ShardState State =>
        _isStandby ? ShardState.Standby : _isCollecting && gateway.Ready ? ShardState.Live : ShardState.Connecting;

    /// <summary>A turn has begun, or another process was found at work: a database that is away from then on is an outage to wait out.</summary>
    public bool SawDatabase => _sawDatabase;

    /// <summary>The program was asked to stop.</summary>
    public bool IsStopping { get => _isStopping; set => _isStopping = value; }

    public void StandBy() => _sawDatabase = _isStandby = true;

    public void BeginTurn()
    {
        _sawDatabase = _isCollecting = true;
        _isStandby = false;
    }

    public void EndTurn() => _isCollecting = false;
}
