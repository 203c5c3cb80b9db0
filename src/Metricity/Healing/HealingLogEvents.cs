namespace Metricity.Healing;

/// <summary>Log event ids of this stage, 9100 to 9999. Append only; an id is never reused.</summary>
internal static class HealingLogEvents
{
    public const int GapOpened = 9100;
    public const int GapGoesOn = 9101;
    public const int GapHealed = 9102;
    public const int GapLeftOpen = 9103;
    public const int Progress = 9104;
    public const int Interrupted = 9105;
    public const int Unreadable = 9106;
    public const int GapClosed = 9107;
    public const int BackfillStarted = 9108;
    public const int BackfillInterrupted = 9109;
    public const int ChannelHidden = 9110;
}
