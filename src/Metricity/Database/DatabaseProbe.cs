using Metricity.Events;
using Npgsql;

namespace Metricity.Database;

/// <summary>What the program's own state says of gaps and session starts.</summary>
/// <param name="OldestGap">UTC; when the oldest open gap began.</param>
/// <param name="IdentifyBudget">Session starts left today; null before the first one ever.</param>
internal sealed record DatabaseFigures(long GapsOpen, DateTime? OldestGap, int? IdentifyBudget);

/// <summary>Asks the database for a sign of life, and on the same way for figures that only it has.</summary>
internal sealed class DatabaseProbe(NpgsqlDataSource dataSource, IReadOnlyCollection<Snowflake> guildIds)
{
    /// <summary>Whoever asks gives up before.</summary>
    private static readonly TimeSpan StatementTimeout = TimeSpan.FromSeconds(30);

    private sealed record Row(long GapsOpen, DateTime? OldestGap, int? IdentifyBudget);

    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public Task<DatabaseFigures> AskAsync(CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select count(*) as GapsOpen, min(started_at) at time zone 'UTC' as OldestGap,
                (select case when resets_at <= now() then total else remaining end from metricity.identify_budget) as IdentifyBudget
            from metricity.coverage
            where guild_id = any(@GuildIds) and kind = 'gap' and healed_at is null
            """;

        return Session.RunAsync(dataSource, StatementTimeout, null, async session =>
        {
            var row = await session.QuerySingleAsync<Row>(Sql, new { GuildIds = guildIds.Column(id => id.ToString()) });

            return new DatabaseFigures(row.GapsOpen, row.OldestGap.ToUtc(), row.IdentifyBudget);
        }, cancellationToken);
    }
}
