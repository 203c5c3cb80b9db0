namespace Metricity.Reporting;

/// <summary>Ids of this stage's log events, 10000 to 10999. Append only; an id is never reused.</summary>
internal static class ReportingLogEvents
{
    public const int StatsdAway = 10000;
    public const int StatsdReached = 10001;
    public const int CommandAnswered = 10010;
    public const int CommandNotAnswered = 10011;
    public const int CommandTooOld = 10012;
    public const int CommandTooMany = 10013;
    public const int CommandWithoutDatabase = 10014;
    public const int CommandRegistered = 10015;
    public const int CommandWithoutScope = 10016;
    public const int CommandRefused = 10017;
    public const int CommandLater = 10018;
}
