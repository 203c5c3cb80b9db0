namespace Metricity.Hosting;

/// <summary>Log event ids of the wiring, 9000 to 9999. Append only; an id is never reused.</summary>
internal static class HostingLogEvents
{
    public const int GuildNotVisible = 9000;
}
