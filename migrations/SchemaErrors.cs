using Metricity.Migrations.Guild;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// Turns what PostgreSQL and the network say into sentences for the operator. Uses the SQLSTATE and object names of an error, never its
/// message text, which can quote values (the one exception is our own refusal).
/// </summary>
internal static class SchemaErrors
{
    /// <summary>Whether the database, the driver or the network is to blame, whatever the type of the exception.</summary>
    public static bool IsFault(Exception error, CancellationToken cancellationToken) =>
        error is not SchemaException && DatabaseFault.Of(error, cancellationToken) is not null;

    public static SchemaException OnConnect(Exception error, NpgsqlConnectionStringBuilder target)
    {
        var server = $"{target.Host}:{target.Port}";
        var sentence = Refusal(error)?.SqlState switch
        {
            PostgresErrorCodes.InvalidCatalogName =>
                $"database \"{target.Database}\" does not exist on {server}: `metricity --migrate` creates it",
            PostgresErrorCodes.InvalidPassword =>
                $"PostgreSQL on {server} refuses the password of user \"{target.Username}\": correct ConnectionStrings:Metricity",
            PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"PostgreSQL on {server} does not let user \"{target.Username}\" into database \"{target.Database}\": "
                + "create the role, or allow it in pg_hba.conf",
            PostgresErrorCodes.InsufficientPrivilege =>
                $"user \"{target.Username}\" may not connect to database \"{target.Database}\" on {server}: "
                + $"grant connect on database {SchemaName.Quote(target.Database ?? "")} to {SchemaName.Quote(target.Username ?? "")}",
            { } state =>
                $"PostgreSQL on {server} refuses the connection to database \"{target.Database}\" (SQLSTATE {state}): see the server's log",
            null when !IsTransient(error) =>
                $"PostgreSQL on {server} and this program do not agree on encryption: "
                + "correct SSL Mode in ConnectionStrings:Metricity, or the server's certificate",
            null =>
                $"PostgreSQL cannot be reached on {server}: start it, or correct host and port in ConnectionStrings:Metricity",
        };
        return new SchemaException(sentence, error, IsTransient(error));
    }

    public static SchemaException OnCreateDatabase(Exception error, NpgsqlConnectionStringBuilder target)
    {
        var database = SchemaName.Quote(target.Database ?? "");
        return new SchemaException(
            Refusal(error)?.SqlState switch
            {
                PostgresErrorCodes.InsufficientPrivilege =>
                    $"database {database} does not exist and role \"{target.Username}\" may not create it: "
                    + $"let an administrator run `create database {database} owner {SchemaName.Quote(target.Username ?? "")}`",
                { } state => $"database {database} cannot be created (SQLSTATE {state}): see the server's log",
                null => $"the connection to {target.Host}:{target.Port} broke while database {database} was created: try again",
            },
            error,
            IsTransient(error));
    }

    public static SchemaException OnRead(Exception error, string schema)
    {
        return new SchemaException(
            Refusal(error)?.SqlState switch
            {
                PostgresErrorCodes.InsufficientPrivilege =>
                    $"the role may not read schema \"{schema}\": make it the owner of the schema and its tables",
                { } state => $"schema \"{schema}\" could not be read (SQLSTATE {state}): see the server's log",
                null => $"the connection broke while schema \"{schema}\" was read: try again",
            },
            error,
            IsTransient(error));
    }

    public static SchemaException OnMigrate(Exception error, string schema)
    {
        if (Refusal(error) is not { } refusal)
        {
            return new SchemaException(
                $"the connection broke while schema \"{schema}\" was worked on; nothing of it was changed: try again", error, IsTransient(error));
        }

        var place = refusal.TableName is null ? "" : $", table {refusal.TableName}";
        var sentence = refusal.SqlState switch
        {
            Adoption.RefusedSqlState => refusal.MessageText,
            PostgresErrorCodes.InsufficientPrivilege =>
                $"the role lacks rights in schema \"{schema}\"{place}: make it the owner of the schema and its tables",
            PostgresErrorCodes.LockNotAvailable =>
                $"another program is using the tables of schema \"{schema}\": stop it (the original Metricity, a collector, long queries) "
                + "and try again",
            PostgresErrorCodes.DependentObjectsStillExist =>
                $"other objects (views, foreign keys) need what would be removed from schema \"{schema}\": drop them first",
            PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject =>
                $"schema \"{schema}\" already holds an object with the name of one that Metricity makes: "
                + "rename it, or choose another schema",
            _ => $"schema \"{schema}\" could not be migrated (SQLSTATE {refusal.SqlState}{place}); nothing of it was changed: "
                + "see the server's log",
        };
        return new SchemaException(sentence, error, IsTransient(error));
    }

    /// <summary>Null when the server said nothing. Whoever runs migrations for us puts its answer into an exception of its own.</summary>
    private static PostgresException? Refusal(Exception error)
    {
        var inner = error;
        while (inner is not null and not PostgresException)
        {
            inner = inner.InnerException;
        }

        return (PostgresException?)inner;
    }

    private static bool IsTransient(Exception error) =>
        DatabaseFault.Of(error, CancellationToken.None) is { Kind: FaultKind.Transient };
}
