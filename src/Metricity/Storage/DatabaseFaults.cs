using System.Net.Sockets;
using Metricity.Ingest;
using Npgsql;

namespace Metricity.Storage;

/// <summary>The one place that decides what an error of the database means.</summary>
internal static class DatabaseFaults
{
    /// <summary>
    /// Classes of SQLSTATE that pass by waiting: connection, transaction rollback, resources, operator intervention, system error
    /// (PostgreSQL manual, appendix A).
    /// </summary>
    private static readonly string[] TransientClasses = ["08", "40", "53", "57", "58"];

    /// <summary>
    /// object_in_use, lock_not_available, read_only_sql_transaction (a standby, during a failover), and idle_in_transaction_session_timeout
    /// (we were stopped in the middle of a transaction for longer than <see cref="StorageDataSource.IdleInTransaction"/>).
    /// </summary>
    private static readonly string[] TransientStates = ["55006", "55P03", "25006", "25P03"];

    /// <summary>Does something with the database and gives its faults as the two kinds that callers outside of this stage know.</summary>
    /// <exception cref="StoreUnavailableException">Waiting may cure it.</exception>
    /// <exception cref="StoreUnusableException">A person has to act.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (NpgsqlException exception)
        {
            var fault = Classify(exception);

            throw fault.Kind == FaultKind.Transient
                ? new StoreUnavailableException(fault.Sentence)
                : new StoreUnusableException(fault.Sentence);
        }
    }

    public static DatabaseFault Classify(NpgsqlException exception) =>
        exception is PostgresException refused ? OfState(refused.SqlState) : OfTransport(exception);

    public static DatabaseFault OfState(string state)
    {
        if (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal))
        {
            return new DatabaseFault(FaultKind.BadRow, state, $"The database refused a row (SQLSTATE {state}).");
        }

        // 57P04: the database was dropped; no waiting brings it back.
        if (state is not "57P04" && (TransientStates.Contains(state) || TransientClasses.Contains(state[..Math.Min(2, state.Length)])))
        {
            return new DatabaseFault(FaultKind.Transient, state, $"The database {WhatPasses(state)} (SQLSTATE {state}).");
        }

        return new DatabaseFault(FaultKind.Unusable, state, $"The database {WhatStays(state)}");
    }

    private static DatabaseFault OfTransport(NpgsqlException exception)
    {
        var inner = exception.InnerException;

        return inner switch
        {
            SocketException socket =>
                new DatabaseFault(FaultKind.Transient, null, $"The database cannot be reached ({socket.SocketErrorCode})."),
            TimeoutException => new DatabaseFault(FaultKind.Transient, null, "The database did not answer in time."),
            IOException => new DatabaseFault(FaultKind.Transient, null, "The connection to the database broke."),
            _ when exception.IsTransient => new DatabaseFault(FaultKind.Transient, null, "The connection to the database failed."),
            _ => new DatabaseFault(
                FaultKind.Unusable,
                null,
                "No session with the database could be agreed on (encryption, authentication or protocol): "
                    + "check ConnectionStrings:Metricity, above all its SSL mode, user and password."),
        };
    }

    private static string WhatPasses(string state) => state switch
    {
        "57P01" or "57P02" or "57P03" => "is stopping or starting",
        "57014" => "took too long for a statement",
        "53100" => "has no disk space left",
        "53300" => "has no free connection",
        "40001" or "40P01" or "55P03" => "is busy with another transaction",
        "25006" => "is read-only",
        "25P03" or "57P05" => "ended a session that was silent for too long",
        _ => "asks to try again later",
    };

    private static string WhatStays(string state) => state switch
    {
        "28P01" or "28000" => $"refused the user or password (SQLSTATE {state}): correct ConnectionStrings:Metricity.",
        "3D000" or "57P04" => $"does not exist (SQLSTATE {state}): run `metricity --migrate`, which creates it.",
        "42P01" or "42703" or "42P10" or "42883" or "3F000" =>
            $"lacks a table, column, function or schema that Metricity needs (SQLSTATE {state}): run `metricity --migrate`.",
        "42501" => $"user lacks rights (SQLSTATE {state}): grant usage on schema metricity and on the guild's schema, "
            + "and select, insert, update, delete on their tables.",
        _ => $"refused a statement (SQLSTATE {state}): see the log of the PostgreSQL server.",
    };
}
