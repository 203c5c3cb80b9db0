namespace Metricity.Export;

/// <summary>Where errors are reported to (<c>Sentry</c> in the settings).</summary>
internal sealed class ErrorReportOptions
{
    /// <summary>A Sentry project's address with its key, checked: https://KEY@HOST/PROJECT.</summary>
    public required Secret Dsn { get; init; }

    /// <summary>Tells installations apart in Sentry, such as <c>production</c>.</summary>
    public required string Environment { get; init; }
}
