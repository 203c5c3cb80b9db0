namespace Metricity.Hosting;

/// <summary>Event ids of the program's wiring: 9000 to 9099. A number is never reused for another meaning.</summary>
internal static class HostingLogEvents
{
    public const int GuildNotVisible = 9000;
}
