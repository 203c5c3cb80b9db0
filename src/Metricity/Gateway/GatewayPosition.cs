namespace Metricity.Gateway;

/// <summary>Up to where a session's log was read: <paramref name="Sequence"/> is that of the last dispatch.</summary>
internal sealed record GatewayPosition(GatewaySession Session, long Sequence);
