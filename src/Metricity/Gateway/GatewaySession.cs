namespace Metricity.Gateway;

/// <summary>One Discord session: the name of a log of dispatches, and where it can be resumed.</summary>
/// <param name="Id">READY's <c>session_id</c>.</param>
/// <param name="ResumeUrl">READY's <c>resume_gateway_url</c>, without query.</param>
internal sealed record GatewaySession(string Id, Uri ResumeUrl);

/// <summary>Where a shard's log has been read to.</summary>
/// <param name="Session">The log.</param>
/// <param name="Sequence">Sequence of the last dispatch that is held.</param>
internal sealed record GatewayPosition(GatewaySession Session, long Sequence);
