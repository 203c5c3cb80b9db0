namespace Metricity.Ownership;

/// <summary>What Discord said of session starts (<c>GET /gateway/bot</c>).</summary>
/// <param name="Total">IDENTIFYs allowed in 24 h.</param>
/// <param name="Remaining">IDENTIFYs left.</param>
/// <param name="ResetAfter">Time until the count starts anew.</param>
/// <param name="MaxConcurrency">IDENTIFYs allowed in 5 s, one for each bucket.</param>
internal readonly record struct IdentifyBudget(int Total, int Remaining, TimeSpan ResetAfter, int MaxConcurrency);
