namespace Metricity.Gateway;

/// <summary>
/// What is safely stored. Heartbeats carry it, and never more, because what a heartbeat's sequence does to Discord's replay
/// buffer is undocumented. Read on the heartbeat's thread.
/// </summary>
internal interface ICommittedPosition
{
    /// <summary>Last committed position, of whatever session; null before the first commit.</summary>
    GatewayPosition? Committed { get; }
}
