namespace Metricity.Reporting;

/// <summary>Ids of this stage's log events, 10000 to 10999. Append only; an id is never reused.</summary>
internal static class ReportingLogEvents
{
    public const int StatsdAway = 10000;
    public const int StatsdReached = 10001;
}
