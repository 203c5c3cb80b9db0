namespace Metricity.DiscordSimulator;

/// <summary>Something wrong that a test has asked for; used up after so many requests.</summary>
internal sealed class RestFault(RestFaultKind kind, string? template, int times)
{
    public RestFaultKind Kind => kind;

    public string? Template => template;

    public int Left { get; set; } = times;

    public int Status { get; init; }

    public int Code { get; init; }

    public TimeSpan Wait { get; init; }

    public string Scope { get; init; } = "user";
}

internal enum RestFaultKind
{
    Status,
    RateLimit,
    Reset,
    ResetMidBody,
    SlowBody,
    TruncatedJson,
    NotJson,
}
