namespace Metricity.Hosting;

/// <summary>Log event ids of the wiring, 9000 to 9999. Append only; an id is never reused.</summary>
internal static class HostingLogEvents
{
    public const int GuildNotVisible = 9000;
    public const int ShardWithoutGuild = 9900;
    public const int Standby = 9901;
    public const int StandbyAlone = 9902;
    public const int TakesOver = 9903;
    public const int Replaced = 9904;
    public const int NotTaken = 9905;
    public const int SettingWarning = 9910;
    public const int HttpListens = 9920;
    public const int OtlpSends = 9921;
}
