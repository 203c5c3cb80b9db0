namespace Metricity.Chaos;

/// <summary>The run could not be made, for a reason that one sentence tells.</summary>
internal sealed class ChaosException(string message) : Exception(message);
