using System.Data.Common;
using Dapper;
using Metricity.Events;
using Metricity.Migrations;
using Npgsql;

namespace Metricity.Database;

/// <summary>
/// The one way to run SQL: a connection, in a transaction as a rule, with the time that a statement gets and the token that ends it. Not
/// thread safe.
/// </summary>
internal sealed class Session : IAsyncDisposable
{
    /// <summary>What <see cref="UseSchemaAsync"/> runs, for those who send more along with it.</summary>
    public const string SchemaSql = "select set_config('search_path', quote_ident(@Schema), true)";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction? _transaction;
    private readonly int _seconds;
    private readonly CancellationToken _cancellationToken;

    private Session(NpgsqlConnection connection, NpgsqlTransaction? transaction, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _connection = connection;
        _transaction = transaction;
        _seconds = (int)timeout.TotalSeconds;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Statements on a connection that somebody else opened and keeps, each a transaction of its own.</summary>
    public static Session On(NpgsqlConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        new(connection, null, timeout, cancellationToken);

    /// <summary>A connection of its own in a transaction, which is rolled back when nobody commits it.</summary>
    /// <param name="timeout">Of one statement, in whole seconds; zero = as long as it takes.</param>
    public static async Task<Session> OpenAsync(NpgsqlDataSource dataSource, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var connection = await dataSource.ConnectAsync(cancellationToken);
        try
        {
            return new Session(connection, await connection.BeginTransactionAsync(cancellationToken), timeout, cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a session, does something in it, and commits.</summary>
    /// <param name="schema">The guild's schema, in which names without one are looked up; null = none.</param>
    /// <inheritdoc cref="OpenAsync" path="/param"/>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public static Task<T> RunAsync<T>(
        NpgsqlDataSource dataSource,
        TimeSpan timeout,
        string? schema,
        Func<Session, Task<T>> action,
        CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        await using var session = await OpenAsync(dataSource, timeout, cancellationToken);
        if (schema is not null)
        {
            await session.UseSchemaAsync(schema);
        }

        var result = await action(session);
        await session.CommitAsync();

        return result;
    }, cancellationToken);

    /// <summary>Sends names without a schema to this one, until the end of the transaction.</summary>
    public Task UseSchemaAsync(string schema) => ExecuteAsync(SchemaSql, new { Schema = schema });

    /// <returns>Rows that were changed.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => _connection.ExecuteAsync(Command(sql, parameters));

    public async Task<List<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await _connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>Rows of one column of ids. What is none is left out: other programs write into these tables too.</summary>
    public async Task<List<Snowflake>> QueryIdsAsync(string sql, object? parameters = null)
    {
        var ids = new List<Snowflake>();
        foreach (var text in await _connection.QueryAsync<string>(Command(sql, parameters)))
        {
            if (Snowflake.TryParse(text, out var id))
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    public Task<T> QuerySingleAsync<T>(string sql, object? parameters = null) =>
        _connection.QuerySingleAsync<T>(Command(sql, parameters));

    public Task<T?> QueryFirstOrDefaultAsync<T>(string sql, object? parameters = null) =>
        _connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>For results that are too many to be held.</summary>
    public Task<DbDataReader> ExecuteReaderAsync(string sql, object? parameters = null) =>
        _connection.ExecuteReaderAsync(Command(sql, parameters));

    /// <summary>Does something, or undoes it when the server refuses a row.</summary>
    /// <returns>The refusal; null when it is done.</returns>
    public async Task<PostgresException?> TryAsync(Func<Task> action)
    {
        const string Savepoint = "rows";
        await _transaction!.SaveAsync(Savepoint, _cancellationToken);
        PostgresException? refusal = null;
        try
        {
            await action();
        }
        catch (PostgresException e) when (DatabaseFault.Of(e, _cancellationToken) is { Kind: FaultKind.BadRow })
        {
            refusal = e;
            await _transaction.RollbackAsync(Savepoint, _cancellationToken);
        }

        await _transaction.ReleaseAsync(Savepoint, _cancellationToken);

        return refusal;
    }

    public Task CommitAsync() => _transaction!.CommitAsync(_cancellationToken);

    /// <summary>Rolls back what is not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync();
            await _connection.DisposeAsync();
        }
    }

    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters, _transaction, _seconds, cancellationToken: _cancellationToken);
}
