namespace Metricity.Hosting;

/// <summary>Which settings a command cannot do without. The others are checked too when they are there.</summary>
[Flags]
internal enum SettingsNeeds
{
    None = 0,
    Database = 1,
    Discord = 2,
    Guilds = 4,
    All = Database | Discord | Guilds,
}
