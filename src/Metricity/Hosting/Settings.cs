using Metricity.Collect;
using Metricity.Events;
using Metricity.Export;

namespace Metricity.Hosting;

/// <summary>
/// The checked settings. Only <see cref="SettingsReader"/> makes one, so who holds it need not check again. What each key means,
/// its default and its range: <see cref="SettingsTable"/>.
/// </summary>
internal sealed record Settings(
    Secret? Token,
    Uri ApiBaseUrl,
    string Compression,
    Secret? ConnectionString,
    IReadOnlyList<GuildSettings> Guilds,
    CollectOptions Collect,
    TimeSpan DrainTimeout,
    LogSettings Log)
{
    /// <summary>What has another value than its default, a sentence each. Keys without a default are not among them, nor are secrets.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];

    /// <summary>What is odd and does no harm, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether <c>/metricity status</c> is registered and answered.</summary>
    public bool Commands { get; init; }

    /// <summary>Null = off.</summary>
    public StatsdOptions? Statsd { get; init; }

    /// <summary>Null = off.</summary>
    public ErrorReportOptions? Errors { get; init; }

    public ShardSettings Shard { get; init; } = ShardSettings.Single;

    public HttpSettings Http { get; init; } = new(null, null);

    /// <summary>Null = nothing is sent.</summary>
    public OtlpSettings? Otlp { get; init; }

    /// <summary>Events that wait this long without a commit are a fault.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The guilds of this process's shard.</summary>
    public IEnumerable<GuildSettings> OwnGuilds => Guilds.Where(guild => Shard.Has(guild.Id));

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
    public CollectRules ToRules(bool collectBots) => new(Id, StaffCategories, StaffChannels, IgnoreCategories, collectBots);
}

/// <summary><c>Http</c>: addresses of the health answers and the metrics; null = off. The same for both as a rule.</summary>
/// <param name="HasReport">Whether the address of the health answers gives the report too, at its root.</param>
internal sealed record HttpSettings(Uri? Health, Uri? Metrics, bool HasReport = false);

/// <summary><c>Otlp</c>.</summary>
/// <param name="Endpoint">Without the path of a signal.</param>
/// <param name="Headers">In the form <c>name=value,name=value</c>.</param>
/// <param name="TraceRatio">Part of the events that is traced, 0 to 1.</param>
internal sealed record OtlpSettings(Uri Endpoint, bool IsGrpc, Secret? Headers, double TraceRatio);

/// <summary><c>Log</c>.</summary>
/// <param name="IsJson">One JSON object a line, for machines, in place of readable text.</param>
/// <param name="Level">Lowest level written: Debug, Information, Warning or Error.</param>
internal sealed record LogSettings(bool IsJson, string Level);
