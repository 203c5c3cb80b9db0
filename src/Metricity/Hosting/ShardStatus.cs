using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Gateway;

namespace Metricity.Hosting;

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
/// What a shard can tell about itself, over all its turns as standby and writer. Any thread may read; the shard alone changes it.
/// </summary>
internal sealed class ShardStatus(int id)
{
    private EventQueue? _queue;
    private long _enteredBefore;
    private long _leftBefore;
    private volatile bool _isStandby;
    private volatile bool _isCollecting;

    public int Id { get; } = id;

    public GatewayStatus Gateway { get; } = new();

    public CollectStatus Collect { get; } = new();

    /// <summary>Over all gaps.</summary>
    public HistoryMeter Healing { get; } = new();

    public ShardState State =>
        _isStandby ? ShardState.Standby : _isCollecting && Gateway.Ready ? ShardState.Live : ShardState.Connecting;

    /// <summary>Of the present turn; null in none.</summary>
    public EventQueue? Queue => _isCollecting ? Volatile.Read(ref _queue) : null;

    public long QueueIn => _enteredBefore + (_queue?.Entered ?? 0);

    public long QueueOut => _leftBefore + (_queue?.Left ?? 0);

    public void StandBy() => _isStandby = true;

    public void BeginTurn(EventQueue queue)
    {
        _enteredBefore += _queue?.Entered ?? 0;
        _leftBefore += _queue?.Left ?? 0;
        Volatile.Write(ref _queue, queue);
        _isCollecting = true;
        _isStandby = false;
    }

    public void EndTurn()
    {
        _isCollecting = false;
        Collect.End();
    }
}
