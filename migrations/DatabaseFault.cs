using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>What to do about an error of the database; the first of them is the one to hope for.</summary>
public enum FaultKind
{
    /// <summary>Waiting may cure it: try the same again later.</summary>
    Transient,

    /// <summary>A row is to blame (SQLSTATE class 22 or 23): find it, leave it out.</summary>
    BadRow,

    /// <summary>A person has to act.</summary>
    Unusable,
}

/// <summary>
/// What an error at an edge to PostgreSQL means. The one place that decides it, for collector, commands and migrations: a catch at such an
/// edge asks here and names no type of exception, since the driver throws more types than its documentation names.
/// </summary>
/// <param name="SqlState">Null when the server said nothing.</param>
/// <param name="Sentence">For the operator: what is wrong and, where one is known, the way out. Holds no values and no server text.</param>
public sealed record DatabaseFault(FaultKind Kind, string? SqlState, string Sentence)
{
    /// <summary>What Npgsql says, without a cause, when none of several hosts is worth a try at the moment. A test holds the text.</summary>
    private const string NoHost = "No suitable host was found.";

    private const string Driver = "Npgsql";

    /// <summary>
    /// Classes of SQLSTATE that pass by waiting: connection, transaction rollback, resources, operator intervention, system error
    /// (PostgreSQL manual, appendix A).
    /// </summary>
    private static readonly string[] TransientClasses = ["08", "40", "53", "57", "58"];

    /// <summary>
    /// object_in_use, lock_not_available, read_only_sql_transaction (a standby, during a failover), and idle_in_transaction_session_timeout
    /// (we were stopped in the middle of a transaction for longer than it allows).
    /// </summary>
    private static readonly string[] TransientStates = ["55006", "55P03", "25006", "25P03"];

    private static readonly DatabaseFault Silent = Transient("The database did not answer in time.");

    private static readonly DatabaseFault Broken = Transient("The connection to the database broke.");

    private static readonly DatabaseFault NoAgreement = new(
        FaultKind.Unusable,
        null,
        "No session with the database could be agreed on (encryption, authentication or protocol): "
            + "check ConnectionStrings:Metricity, above all its SSL mode, user and password.");

    /// <summary>Null for what is none of the database's, and passes: a cancellation that we asked for, or an error of our own.</summary>
    /// <param name="error">From code that does nothing but speak to the database.</param>
    /// <param name="ours">The token that this code has. The driver also cancels by tokens of its own, when it has waited long enough.</param>
    public static DatabaseFault? Of(Exception error, CancellationToken ours) => error switch
    {
        PostgresException refused => OfState(refused.SqlState),
        NpgsqlException { InnerException: null, Message: NoHost } => Transient("No host of the database can be used now."),
        NpgsqlException { InnerException: null } => NoAgreement,
        NpgsqlException { InnerException: { } cause } => OfCause(cause) ?? Of(cause, ours) ?? Broken,

        // Of several hosts, or several tries: as long as waiting may cure one of them, it is worth waiting.
        AggregateException several =>
            several.InnerExceptions.Select(one => Of(one, ours)).OfType<DatabaseFault>().MinBy(fault => fault.Kind),
        OperationCanceledException => ours.IsCancellationRequested ? null : Silent,
        AuthenticationException => NoAgreement,
        TimeoutException or SocketException or IOException => OfCause(error),

        // A connection that broke while nobody used it is found disposed of, or closed.
        ObjectDisposedException => Broken,
        InvalidOperationException when error.Source == Driver => Broken,

        // Whoever runs statements on our behalf puts the driver's error into one of its own.
        { InnerException: { } wrapped } => Of(wrapped, ours),
        _ => null,
    };

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

    /// <summary>Null for what says nothing by its type.</summary>
    private static DatabaseFault? OfCause(Exception cause) => cause switch
    {
        SocketException socket => Transient($"The database cannot be reached ({socket.SocketErrorCode})."),
        TimeoutException => Silent,

        // A certificate or key that is named in the connection string.
        FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException => NoAgreement,
        IOException => Broken,
        AuthenticationException or NotSupportedException or ArgumentException => NoAgreement,
        _ => null,
    };

    private static DatabaseFault Transient(string sentence) => new(FaultKind.Transient, null, sentence);

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
