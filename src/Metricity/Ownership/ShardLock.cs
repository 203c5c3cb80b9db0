using Metricity.Database;
using Metricity.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Ownership;

/// <summary>
/// The advisory locks that make this process the one writer of a shard, on a connection of their own, which is asked for a sign of life
/// every <see cref="HeartbeatInterval"/>. They choose who writes; what keeps a late writer out is the epoch (<see cref="PositionStore"/>).
/// One owner, which calls one method at a time; <see cref="IsHeld"/> may be read from any thread.
/// </summary>
/// <remarks>
/// Keys (bigint): <see cref="long.MinValue"/> + shard count × 2³² + shard id for the shard, and each guild's id, so that a guild has one
/// writer also while the number of shards is being changed. A pooler between us and PostgreSQL must pool by session.
/// </remarks>
internal sealed partial class ShardLock(StorageOptions options, TimeProvider time, ILogger<ShardLock> logger) : IAsyncDisposable
{
    /// <summary>How often the server hears of us.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// Silence after which the server ends our session and so frees the locks (PostgreSQL 14 and newer; before, TCP's keepalive finds
    /// a host that is gone after the same time, but not a process that is frozen).
    /// </summary>
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(6);

    private const string SessionSql =
        """
        select set_config(s.name, s.value, false)
        from (values
            ('idle_session_timeout', @SessionTimeout),
            ('tcp_keepalives_idle', '2'),
            ('tcp_keepalives_interval', '2'),
            ('tcp_keepalives_count', '2'),
            ('tcp_user_timeout', @SessionTimeout)
        ) as s (name, value)
        where exists (select from pg_settings as p where p.name = s.name)
        """;

    private const string FreeSql = "select pg_advisory_unlock_all()";

    private readonly long[] _keys =
    [
        long.MinValue + ((long)options.ShardCount << 32) + options.ShardId,
        .. options.GuildSchemas.Keys.Select(id => (long)id.Value).Order(),
    ];

    private NpgsqlConnection? _connection;
    private volatile bool _isHeld;

    /// <summary>False from the moment on at which the connection is known to be broken: nothing may be committed then.</summary>
    public bool IsHeld => _isHeld;

    /// <summary>
    /// Lets batches through while the locks are held. When they are lost a successor may be at work: the epoch would refuse the batch only
    /// once the successor has raised it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">They are not held.</exception>
    public Task RequireAsync(CancellationToken cancellationToken) => _isHeld
        ? Task.CompletedTask
        : throw new StoreUnavailableException("The shard's lock is not held at the moment.");

    /// <summary>Takes the locks if nobody has them; does not wait.</summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        const string TakeSql = "select exists (select from unnest(@Keys) as k where not pg_try_advisory_lock(k))";
        try
        {
            return await DatabaseFaults.GuardAsync(async () =>
            {
                var session = On(_connection ??= await OpenAsync(cancellationToken), cancellationToken);
                if (await session.QuerySingleAsync<bool>(TakeSql, new { Keys = _keys }))
                {
                    // All or none: what is held of somebody else's set would keep out both.
                    await session.ExecuteAsync(FreeSql);

                    return false;
                }

                _isHeld = true;

                return true;
            }, cancellationToken);
        }
        catch
        {
            await DropAsync();
            throw;
        }
    }

    /// <summary>
    /// Keeps the locks until cancelled. When their connection breaks, it says so by <see cref="IsHeld"/> and takes them again as soon as
    /// the database is back, as long as nobody took the shard over meanwhile.
    /// </summary>
    /// <exception cref="StoreReplacedException">Somebody did.</exception>
    public async Task HoldAsync(long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(HeartbeatInterval, time, cancellationToken);
            try
            {
                if (!_isHeld)
                {
                    await RegainAsync(epoch, cancellationToken);
                }
                else
                {
                    await DatabaseFaults.GuardAsync(
                        () => On(_connection!, cancellationToken).ExecuteAsync("select 1"), cancellationToken);
                }
            }
            catch (Exception e) when (e is StoreUnavailableException or StopException)
            {
                var wasHeld = _isHeld;
                await DropAsync();
                if (wasHeld)
                {
                    LogLost(options.ShardId, options.ShardCount, e.Message);
                }
            }
        }
    }

    /// <summary>Frees the locks at once, so that a successor need not wait for the server to notice that their connection ended.</summary>
    public async Task ReleaseAsync()
    {
        if (_isHeld)
        {
            _isHeld = false;
            await DatabaseFaults.TryAsync(() => On(_connection!, CancellationToken.None).ExecuteAsync(FreeSql));
        }

        await DropAsync();
    }

    public async ValueTask DisposeAsync() => await ReleaseAsync();

    private async Task DropAsync()
    {
        _isHeld = false;
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private async Task RegainAsync(long epoch, CancellationToken cancellationToken)
    {
        const string Sql = "select epoch = @Epoch from metricity.positions where shard_id = @ShardId and shard_count = @ShardCount";

        // Not having got the locks proves nothing: our own broken session may still hold them. The epoch does.
        var isOurs = await TryTakeAsync(cancellationToken);
        var parameters = new { Epoch = epoch, options.ShardId, options.ShardCount };
        var isSame = await DatabaseFaults.GuardAsync(
            () => On(_connection!, cancellationToken).QueryFirstOrDefaultAsync<bool>(Sql, parameters), cancellationToken);
        if (!isSame)
        {
            await ReleaseAsync();
            throw PositionStore.Replaced(options);
        }

        if (isOurs)
        {
            LogRegained(options.ShardId, options.ShardCount);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = false,
            Enlist = false,
            IncludeErrorDetail = false,
            Timeout = (int)SessionTimeout.TotalSeconds,
            TcpKeepAlive = true,

            // The driver's own look at the connection would break it between two statements, and the next one would open it again, without
            // a word and without the locks.
            KeepAlive = 0,
        };
        settings.ApplicationName ??= "metricity";
        var connection = await DatabaseConnection.OpenAsync(new NpgsqlConnection(settings.ConnectionString), cancellationToken);
        try
        {
            var timeout = ((int)SessionTimeout.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await On(connection, cancellationToken).ExecuteAsync(SessionSql, new { SessionTimeout = timeout });

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static Session On(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Session.On(connection, SessionTimeout - HeartbeatInterval, cancellationToken);

    [LoggerMessage(LogEvents.Ownership.LockLost, LogLevel.Warning,
        "The lock of shard {ShardId} of {ShardCount} is lost with its connection: {Reason} Nothing is committed until it is back; nothing is lost")]
    private partial void LogLost(int shardId, int shardCount, string reason);

    [LoggerMessage(LogEvents.Ownership.LockRegained, LogLevel.Information,
        "The lock of shard {ShardId} of {ShardCount} is held again; nobody else wrote meanwhile")]
    private partial void LogRegained(int shardId, int shardCount);
}
