namespace Metricity.Gateway;

/// <summary>Answer of <c>GET /gateway/bot</c>, asked before each IDENTIFY; not to be kept.</summary>
/// <param name="Url">Normal address of the gateway, without query.</param>
internal sealed record GatewayBot(Uri Url, SessionStartLimit SessionStarts);

/// <summary>What Discord says of session starts.</summary>
/// <param name="Total">IDENTIFYs allowed in 24 h.</param>
/// <param name="Remaining">IDENTIFYs left. Going below zero makes Discord reset the token.</param>
/// <param name="ResetAfter">Time until the count starts anew.</param>
/// <param name="MaxConcurrency">IDENTIFYs allowed in 5 s, one for each bucket; at least 1.</param>
internal sealed record SessionStartLimit(int Total, int Remaining, TimeSpan ResetAfter, int MaxConcurrency);

/// <summary>
/// Leave to IDENTIFY, given over all processes of the bot and over restarts: too many, or two at a time, end all sessions and reset the
/// token. Asked before connecting for a new session, and again right before the IDENTIFY is sent.
/// </summary>
/// <param name="limit">Discord's newest answer.</param>
/// <param name="take">Note durably that one is sent now, if it may be.</param>
/// <returns>Zero when one may be sent now, else how long to wait before asking again.</returns>
/// <exception cref="IdentifyPermitException">It cannot be known at the moment: do not send one, ask later. Others end the run.</exception>
internal delegate Task<TimeSpan> IdentifyPermit(SessionStartLimit limit, bool take, CancellationToken cancellationToken);

/// <summary>Whether an IDENTIFY is allowed cannot be known or noted now.</summary>
/// <param name="reason">A plain sentence for the log, without values.</param>
internal sealed class IdentifyPermitException(string reason) : Exception(reason);
