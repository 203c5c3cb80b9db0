namespace Metricity.Report;

/// <summary>What an asker chose. Names are checked when the report is read, for only the database knows them.</summary>
/// <param name="GuildId">Empty where the settings name a schema alone.</param>
/// <param name="Schema">The guild's schema, which tells its insights schema.</param>
/// <param name="Days">Local days, the running one included; <see cref="MinDays"/> to <see cref="MaxDays"/>.</param>
/// <param name="Zone">An IANA name such as Europe/Berlin; case does not matter.</param>
/// <param name="Channels">Ids or names of the channels to show one by one; empty = those with the most messages.</param>
internal sealed record ReportRequest(string GuildId, string Schema, int Days, string Zone, IReadOnlyList<string> Channels)
{
    public const int MinDays = 1;
    public const int MaxDays = 3650;
    public const int DefaultDays = 30;
    public const string DefaultZone = "UTC";

    /// <summary>The schema that holds the guild's views and functions.</summary>
    public string InsightsSchema => Schema == "public" ? "insights" : Schema + "_insights";
}
