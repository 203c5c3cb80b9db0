namespace Metricity.Report;

/// <summary>The asker named something that is not there. The message is a sentence for them, with the way out.</summary>
internal sealed class ReportRequestException(string message) : Exception(message);
