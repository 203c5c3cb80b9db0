using Metricity.Migrations.Guild;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>The statements around the migrations themselves: schemas, rights, and the history as it is read.</summary>
internal static class SchemaCatalog
{
    public static async Task<SchemaState> ReadStateAsync(
        NpgsqlConnection connection,
        string schema,
        CancellationToken cancellationToken)
    {
        var found = await SchemaHistory.ReadAsync(connection, schema, cancellationToken);
        var known = SchemaVersion.Of(schema);
        return new SchemaState(
            schema,
            known.Intersect(found).ToArray(),
            known.Except(found).ToArray(),
            found.Except(known).Order(StringComparer.Ordinal).ToArray());
    }

    public static void RefuseUnknown(SchemaState state)
    {
        if (state.Unknown.Count > 0)
        {
            throw new SchemaException(
                $"schema \"{state.Schema}\" was changed by a newer version of Metricity ({string.Join(", ", state.Unknown)}): "
                + "use that version");
        }
    }

    /// <summary>Everything that can refuse, before anything is changed: version, rights, and the shape of what is to be adopted.</summary>
    public static async Task CheckBeforeUpAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        try
        {
            var state = await ReadStateAsync(connection, schema, cancellationToken);
            RefuseUnknown(state);
            if (state.Pending.Count == 0)
            {
                return;
            }

            await CheckRightsAsync(connection, schema, cancellationToken);
            if (schema != SchemaVersion.StateSchema && state.Applied.Count == 0)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await EnterSchemaAsync(connection, schema, cancellationToken);
                await connection.RunAsync(Adoption.CheckSql, cancellationToken);
            }
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnMigrate(error, schema);
        }
    }

    /// <returns>True when the schema was missing.</returns>
    public static async Task<bool> CreateSchemaIfMissingAsync(
        NpgsqlConnection connection,
        string schema,
        CancellationToken cancellationToken)
    {
        if (await SchemaExistsAsync(connection, schema, cancellationToken))
        {
            return false;
        }

        await connection.RunAsync($"create schema {SchemaName.Quote(schema)}", cancellationToken);
        return true;
    }

    /// <summary>
    /// Until the transaction ends, unqualified names mean this schema, and <c>metricity.views_schema</c> tells SQL which schema its views
    /// are in.
    /// </summary>
    public static Task EnterSchemaAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        return connection.RunAsync(
            "select set_config('search_path', $1, true), set_config('metricity.views_schema', $2, true)",
            cancellationToken,
            SchemaName.Quote(schema),
            SchemaName.OfViews(schema));
    }

    public static Task<bool> HasAlembicAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return connection.AskAsync("select to_regclass($1) is not null", "alembic_version", cancellationToken);
    }

    /// <summary>Ends a <c>down</c> to nothing: the history goes, and the state's schema when nobody else put something there.</summary>
    public static async Task RemoveHistoryAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await connection.RunAsync($"drop table if exists {SchemaName.Quote(SchemaVersion.HistoryTable)}", cancellationToken);
        if (schema == SchemaVersion.StateSchema)
        {
            const string DropIfEmpty =
                """
                do $drop$
                begin
                    drop schema metricity;
                exception when dependent_objects_still_exist then
                    null; -- somebody keeps something of their own there
                end
                $drop$
                """;
            await connection.RunAsync(DropIfEmpty, cancellationToken);
        }
    }

    private static async Task CheckRightsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        const string MayCreateInSchema = "select has_schema_privilege($1, 'create') and has_schema_privilege($1, 'usage')";
        var role = SchemaName.Quote(connection.UserName!);
        var database = SchemaName.Quote(connection.Database);
        if (!await SchemaExistsAsync(connection, schema, cancellationToken))
        {
            if (!await connection.AskAsync("select has_database_privilege($1, 'create')", connection.Database, cancellationToken))
            {
                throw new SchemaException(
                    $"role {role} may not create schema {SchemaName.Quote(schema)} in database {database}: let an administrator run "
                    + $"`grant create on database {database} to {role}`");
            }
        }
        else if (!await connection.AskAsync(MayCreateInSchema, schema, cancellationToken))
        {
            throw new SchemaException(
                $"role {role} may not create tables in schema {SchemaName.Quote(schema)} of database {database}: let an administrator run "
                + $"`grant usage, create on schema {SchemaName.Quote(schema)} to {role}`");
        }
    }

    private static Task<bool> SchemaExistsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        return connection.AskAsync("select exists (select from pg_namespace where nspname = $1)", schema, cancellationToken);
    }
}
