namespace Metricity.Demo;

/// <summary>The demonstration failed for a reason that one sentence tells.</summary>
internal sealed class DemoException(string message) : Exception(message);
