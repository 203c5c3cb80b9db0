using Metricity.Database;
using Metricity.Events;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Export;

/// <summary>
/// The sizes of this process's guilds, counted in their tables once a minute for metrics. Any thread may read; a database that is away
/// leaves the last figures.
/// </summary>
internal sealed partial class GuildSizes(TimeProvider time, ILogger<GuildSizes> logger)
{
    /// <summary>A count reads the table: some 20 ms for 100,000 users.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private volatile IReadOnlyDictionary<Snowflake, GuildSize> _latest = new Dictionary<Snowflake, GuildSize>();

    /// <summary>A guild is missing until it was counted once.</summary>
    public IReadOnlyDictionary<Snowflake, GuildSize> Latest => _latest;

    /// <summary>Counts at once and then every minute, until it is cancelled.</summary>
    public async Task RunAsync(NpgsqlDataSource dataSource, StorageOptions options, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await CountAsync(dataSource, options, cancellationToken);
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The collector stops.
        }
    }

    private async Task CountAsync(NpgsqlDataSource dataSource, StorageOptions options, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select (select count(*) from users where in_guild) as Members,
                (select count(*) from threads where not archived and not deleted) as ThreadsOpen
            """;
        var sizes = new Dictionary<Snowflake, GuildSize>(_latest);
        try
        {
            foreach (var (guildId, schema) in options.GuildSchemas)
            {
                sizes[guildId] = await Session.RunAsync(
                    dataSource, options.CommandTimeout, schema, session => session.QuerySingleAsync<GuildSize>(Sql), cancellationToken);
            }
        }
        catch (Exception e) when (e is StoreUnavailableException or StopException)
        {
            LogNotCounted(e.Message);
        }

        _latest = sizes;
    }

    [LoggerMessage(LogEvents.Export.SizesNotCounted, LogLevel.Debug, "Members and open threads could not be counted: {Reason}")]
    private partial void LogNotCounted(string reason);
}
