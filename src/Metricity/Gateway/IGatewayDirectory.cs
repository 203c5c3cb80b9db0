namespace Metricity.Gateway;

/// <summary>Discord's <c>GET /gateway/bot</c>, asked before each IDENTIFY.</summary>
internal interface IGatewayDirectory
{
    /// <summary>
    /// Throws <see cref="GatewayRefusedException"/> when asking again is pointless (wrong token). After any other exception the
    /// client asks again with backoff.
    /// </summary>
    Task<GatewayBotInfo> GetGatewayBotAsync(CancellationToken cancellationToken);
}

/// <summary>Answer of <c>GET /gateway/bot</c>.</summary>
/// <param name="Url">Normal address of the gateway, without query.</param>
/// <param name="Shards">Shards Discord recommends.</param>
/// <param name="IdentifyTotal">IDENTIFYs allowed in 24 h.</param>
/// <param name="IdentifyRemaining">IDENTIFYs left. Going below zero makes Discord reset the token.</param>
/// <param name="IdentifyResetAfter">Time until the count starts anew.</param>
/// <param name="MaxConcurrency">IDENTIFYs allowed in 5 s.</param>
internal sealed record GatewayBotInfo(
    Uri Url,
    int Shards,
    int IdentifyTotal,
    int IdentifyRemaining,
    TimeSpan IdentifyResetAfter,
    int MaxConcurrency);
