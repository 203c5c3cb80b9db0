using System.Data;
using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Coverage;

/// <summary>What a backfill has got to do.</summary>
/// <param name="Gap">Null when there is nothing to fetch (any more).</param>
/// <param name="DoneAt">UTC; when a backfill that covers the wanted one was completed.</param>
internal sealed record BackfillStart(CoverageGap? Gap, DateTime? DoneAt);

/// <summary>
/// One backfill of one guild: finds its row in the ledger or makes one, and holds the lock that keeps a second backfill of the guild away.
/// The lock belongs to the connection: it ends with the process.
/// </summary>
internal sealed class BackfillStore(NpgsqlDataSource dataSource, Snowflake guildId) : IAsyncDisposable
{
    private static readonly TimeSpan StatementTimeout = TimeSpan.FromSeconds(30);

    private NpgsqlConnection? _connection;

    private sealed record Row(long Id, DateTime StartedAt, DateTime EndedAt, DateTime? HealedAt);

    /// <summary>Makes sure that the lock is held: takes it, also again when its connection broke and nobody else did meanwhile.</summary>
    /// <exception cref="StoreUnusableException">Another backfill of the guild is running, or a person has to act on the database.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    public Task HoldAsync(CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        // Taking a lock twice would need two releases; this session has no other advisory lock.
        const string Sql =
            """
            select case
                when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) then true
                else pg_try_advisory_lock(hashtextextended('metricity backfill ' || @GuildId, 0))
            end
            """;
        if (_connection is { State: not ConnectionState.Open } broken)
        {
            _connection = null;
            await broken.DisposeAsync();
        }

        _connection ??= await dataSource.ConnectAsync(cancellationToken);

        return await On(_connection, cancellationToken).QuerySingleAsync<bool>(Sql, new { GuildId = guildId.ToString() })
            ? true
            : throw new StoreUnusableException($"Another backfill of guild {guildId} is running: wait for it, or stop it.");
    }, cancellationToken);

    /// <summary>
    /// Goes on with an unfinished backfill of the same extent, or begins one that ends where live collecting began. Only while the lock is
    /// held.
    /// </summary>
    /// <param name="since">UTC.</param>
    public Task<BackfillStart> BeginAsync(
        Snowflake? channelId, DateTime since, CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        const string FindSql =
            """
            select id as Id, started_at at time zone 'UTC' as StartedAt, ended_at at time zone 'UTC' as EndedAt,
                healed_at at time zone 'UTC' as HealedAt
            from metricity.coverage
            where guild_id = @GuildId and kind = 'backfill'
                and case when healed_at is null
                    then channel_id is not distinct from @ChannelId and started_at = @Since::timestamp at time zone 'UTC'
                    else (channel_id is null or channel_id = @ChannelId) and started_at <= @Since::timestamp at time zone 'UTC'
                end
            order by healed_at nulls last
            limit 1
            """;
        const string InsertSql =
            """
            insert into metricity.coverage (guild_id, kind, started_at, ended_at, channel_id)
            select @GuildId, 'backfill', @Since::timestamp at time zone 'UTC', s.ended_at, @ChannelId
            from (
                select coalesce(min(started_at), now()) as ended_at
                from metricity.coverage
                where guild_id = @GuildId and kind <> 'backfill' and channel_id is null
            ) as s
            where s.ended_at > @Since::timestamp at time zone 'UTC'
            returning id as Id, started_at at time zone 'UTC' as StartedAt, ended_at at time zone 'UTC' as EndedAt,
                null::timestamp as HealedAt
            """;
        var parameters = new { GuildId = guildId.ToString(), ChannelId = channelId.ToText(), Since = since.ToColumn() };
        var session = On(_connection ?? throw new InvalidOperationException("HoldAsync comes first."), cancellationToken);
        var row = await session.QueryFirstOrDefaultAsync<Row>(FindSql, parameters)
            ?? await session.QueryFirstOrDefaultAsync<Row>(InsertSql, parameters);
        if (row is null || row.HealedAt is not null)
        {
            return new BackfillStart(null, row?.HealedAt);
        }

        var gap = new CoverageGap(row.Id, guildId, IsBackfill: true, null, row.StartedAt.ToUtc(), row.EndedAt.ToUtc(), channelId);

        return new BackfillStart(gap, null);
    }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        if (connection.State == ConnectionState.Open)
        {
            // The pool keeps connections, and with them their locks.
            await DatabaseFaults.TryAsync(() => On(connection, CancellationToken.None).ExecuteAsync("select pg_advisory_unlock_all()"));
        }

        await connection.DisposeAsync();
    }

    private static Session On(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Session.On(connection, StatementTimeout, cancellationToken);
}
