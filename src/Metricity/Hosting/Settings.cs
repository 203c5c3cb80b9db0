using Metricity.Events;
using Metricity.Ingest;
using Metricity.Reporting;

namespace Metricity.Hosting;

/// <summary>
/// The checked settings. Only <see cref="SettingsReader"/> makes one, so who holds it need not check again. What each key means,
/// its default and its range: README, "Settings".
/// </summary>
internal sealed record Settings(
    Secret? Token,
    Uri ApiBaseUrl,
    string Compression,
    Secret? ConnectionString,
    IReadOnlyList<GuildSettings> Guilds,
    IngestOptions Ingest,
    TimeSpan DrainTimeout,
    LogSettings Log)
{
    /// <summary>Whether <c>/metricity status</c> is registered and answered.</summary>
    public bool Commands { get; init; }

    /// <summary>Null = off.</summary>
    public StatsdOptions? Statsd { get; init; }

    /// <summary>Null = off.</summary>
    public ErrorReportOptions? Errors { get; init; }

    public ShardSettings Sharding { get; init; } = ShardSettings.Single;

    public IReadOnlySet<Snowflake> StaffRoleIds =>
        Guilds.Where(guild => guild.StaffRoleId is not null).Select(guild => guild.StaffRoleId!.Value).ToHashSet();

    public IReadOnlyDictionary<Snowflake, string> GuildSchemas => Guilds.ToDictionary(guild => guild.Id, guild => guild.Schema);
}

/// <summary>One entry of <c>Guilds</c>.</summary>
/// <param name="Id">None for a schema that is migrated before its guild is known.</param>
/// <param name="Schema">PostgreSQL schema of the five tables.</param>
internal sealed record GuildSettings(
    Snowflake Id,
    string Schema,
    Snowflake? StaffRoleId,
    IReadOnlySet<Snowflake> StaffCategories,
    IReadOnlySet<Snowflake> StaffChannels,
    IReadOnlySet<Snowflake> IgnoreCategories)
{
    public GuildRules ToRules(bool collectBots) => new(Id, StaffCategories, StaffChannels, IgnoreCategories, collectBots);
}

/// <summary><c>Log</c>.</summary>
/// <param name="IsJson">One JSON object a line, for machines, in place of readable text.</param>
/// <param name="Level">Lowest level written: Debug, Information, Warning or Error.</param>
internal sealed record LogSettings(bool IsJson, string Level);
