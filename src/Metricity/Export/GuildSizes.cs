using Dapper;
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
        var sizes = new Dictionary<Snowflake, GuildSize>(_latest);
        try
        {
            foreach (var (guildId, schema) in options.GuildSchemas)
            {
                sizes[guildId] = await DatabaseFaults.GuardAsync(
                    () => CountAsync(dataSource, options, schema, cancellationToken), cancellationToken);
            }
        }
        catch (Exception e) when (e is StoreUnavailableException or StoreUnusableException)
        {
            LogNotCounted(e.Message);
        }

        _latest = sizes;
    }

    private static async Task<GuildSize> CountAsync(
        NpgsqlDataSource dataSource, StorageOptions options, string schema, CancellationToken cancellationToken)
    {
        const string SchemaSql = "select set_config('search_path', quote_ident(@Schema), true)";
        const string CountSql =
            """
            select (select count(*) from users where in_guild) as Members,
                (select count(*) from threads where not archived and not deleted) as ThreadsOpen
            """;
        await using var connection = await dataSource.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(Command(SchemaSql, new { Schema = schema }));
        var size = await connection.QuerySingleAsync<GuildSize>(Command(CountSql, null));
        await transaction.CommitAsync(cancellationToken);

        return size;

        CommandDefinition Command(string sql, object? parameters) => new(
            sql, parameters, transaction, (int)options.CommandTimeout.TotalSeconds, cancellationToken: cancellationToken);
    }

    [LoggerMessage(LogEvents.Database.SizesNotCounted, LogLevel.Debug, "Members and open threads could not be counted: {Reason}")]
    private partial void LogNotCounted(string reason);
}
