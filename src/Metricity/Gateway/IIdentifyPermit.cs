namespace Metricity.Gateway;

/// <summary>
/// Leave to IDENTIFY, given over all processes of the bot and over restarts: too many, or two at a time, end all sessions and reset the
/// token. Asked before connecting for a new session, and again right before the IDENTIFY is sent.
/// </summary>
internal interface IIdentifyPermit
{
    /// <summary>Zero when one may be sent now, else how long to wait before asking again.</summary>
    /// <param name="info">Discord's newest answer.</param>
    /// <param name="take">Note durably that one is sent now, if it may be.</param>
    /// <exception cref="IdentifyPermitException">It cannot be known at the moment: do not send one, ask later. Others end the run.</exception>
    Task<TimeSpan> AskAsync(GatewayBotInfo info, bool take, CancellationToken cancellationToken);
}

/// <summary>Whether an IDENTIFY is allowed cannot be known or noted now.</summary>
/// <param name="reason">A plain sentence for the log, without values.</param>
internal sealed class IdentifyPermitException(string reason) : Exception(reason);
