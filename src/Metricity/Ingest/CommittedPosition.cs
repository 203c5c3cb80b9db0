using Metricity.Gateway;

namespace Metricity.Ingest;

/// <summary>The newest position known to be committed. Written by the writer's loop, read by the heartbeat.</summary>
internal sealed class CommittedPosition(GatewayPosition? initial) : ICommittedPosition
{
    private volatile GatewayPosition? _committed = initial;

    public GatewayPosition? Committed
    {
        get => _committed;
        set => _committed = value;
    }
}
