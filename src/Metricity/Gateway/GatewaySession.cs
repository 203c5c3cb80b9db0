namespace Metricity.Gateway;

/// <summary>One Discord session: the name of the log that its dispatches form.</summary>
/// <param name="Id">Discord's session id.</param>
/// <param name="ResumeUrl">Where a RESUME of this session goes (<c>resume_gateway_url</c> of READY), without query.</param>
internal sealed record GatewaySession(string Id, Uri ResumeUrl);
