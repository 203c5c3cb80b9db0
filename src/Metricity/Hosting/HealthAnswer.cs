namespace Metricity.Hosting;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">From a closed set, for machines.</param>
/// <param name="Reason">A plain sentence for the operator, also when all is well.</param>
internal sealed record HealthCheck(string Name, bool IsHealthy, string Reason)
{
    public override string ToString() => $"{(IsHealthy ? "ok  " : "FAIL")}  {Name}: {Reason}";
}

/// <summary>The answer of a health endpoint: healthy when every check is.</summary>
internal sealed record HealthAnswer(IReadOnlyList<HealthCheck> Checks)
{
    public bool IsHealthy => Checks.All(check => check.IsHealthy);

    public override string ToString() => string.Concat(Checks.Select(check => check + "\n"));
}
