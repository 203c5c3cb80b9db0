using Npgsql;

namespace Metricity.Migrations;

/// <summary>Opens sessions on the database and creates it when the server lacks it. What cannot be opened ends in a sentence.</summary>
internal sealed class SchemaConnector(string connectionString, Action<string> report)
{
    /// <summary>Key of the advisory lock that one migrating program holds: the bytes of "metricit".</summary>
    public const long LockKey = 0x6D65747269636974;

    /// <summary>PostgreSQL 13: the oldest version tested, and the first with <c>drop database … with (force)</c>.</summary>
    private const int OldestServer = 13;

    private readonly NpgsqlConnectionStringBuilder _target = new(connectionString)
    {
        ApplicationName = "metricity migrate",
        Pooling = false, // the lock and the search path live in this session and end with it
        Multiplexing = false,
        CommandTimeout = 0, // an index on a large table takes its time
        SearchPath = null,
    };

    public async Task<bool> CreateIfMissingAsync(CancellationToken cancellationToken)
    {
        CheckTarget();
        try
        {
            await using var existing = await ConnectAsync(_target.Database!, cancellationToken);
            return false;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // Missing: created below.
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnConnect(error, _target);
        }

        await using var connection = await OpenMaintenanceAsync(cancellationToken);
        try
        {
            // From template0: nobody can be connected to it, and it takes any encoding; names of people need UTF-8.
            var name = SchemaName.Quote(_target.Database!);
            await connection.RunAsync($"create database {name} template template0 encoding 'UTF8'", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            return false; // another starter was quicker
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnCreateDatabase(error, _target);
        }

        report($"created database {SchemaName.Quote(_target.Database!)}");
        return true;
    }

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        CheckTarget();
        NpgsqlConnection connection;
        try
        {
            connection = await ConnectAsync(_target.Database!, cancellationToken);
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnConnect(error, _target);
        }

        var version = connection.PostgreSqlVersion.Major;
        if (version < OldestServer)
        {
            await connection.DisposeAsync();
            throw new SchemaException($"PostgreSQL {version} is too old: Metricity needs version {OldestServer} or newer");
        }

        return connection;
    }

    /// <summary>Opens a session that holds the lock until it is closed. Waits as long as another one holds it, and says so.</summary>
    public async Task<NpgsqlConnection> OpenLockedAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        try
        {
            if (!await connection.AskAsync("select pg_try_advisory_lock($1)", LockKey, cancellationToken))
            {
                report("waiting for another migration of this database to end");
                await connection.RunAsync("select pg_advisory_lock($1)", cancellationToken, LockKey);
            }

            // Someone who reads a table all day must not make us, and everybody behind us, wait for ever.
            await connection.RunAsync("set lock_timeout = '30s'; set client_min_messages = warning", cancellationToken);
            return connection;
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            await connection.DisposeAsync();
            throw SchemaErrors.OnMigrate(error, SchemaVersion.StateSchema);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private void CheckTarget()
    {
        if (string.IsNullOrEmpty(_target.Host) || string.IsNullOrEmpty(_target.Database))
        {
            var missing = string.IsNullOrEmpty(_target.Host) ? "Host" : "Database";
            throw new SchemaException($"ConnectionStrings:Metricity has no {missing}: add it");
        }
    }

    private async Task<NpgsqlConnection> OpenMaintenanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync("postgres", cancellationToken);
        }
        catch (PostgresException)
        {
            // No such database, or not for this role: template1 is always there.
            try
            {
                return await ConnectAsync("template1", cancellationToken);
            }
            catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
            {
                throw SchemaErrors.OnConnect(error, _target);
            }
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnConnect(error, _target);
        }
    }

    private Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken)
    {
        var target = new NpgsqlConnectionStringBuilder(_target.ConnectionString) { Database = database };
        return DatabaseConnection.OpenAsync(new NpgsqlConnection(target.ConnectionString), cancellationToken);
    }
}
