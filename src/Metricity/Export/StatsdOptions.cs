namespace Metricity.Export;

/// <summary>Where StatsD is and what its names begin with (<c>Statsd</c> in the settings).</summary>
/// <param name="Host">Name or address; the name is looked up again for each send.</param>
/// <param name="Port">UDP.</param>
/// <param name="Namespace">Letters, digits, <c>_</c> and <c>-</c>, in parts separated by dots; at most 64 characters.</param>
internal sealed record StatsdOptions(string Host, int Port, string Namespace, TimeSpan Interval);
