using Metricity.Migrations.Guild;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// Creates and changes the schemas of one database: <c>metricity</c> and one for each guild. Every schema is changed in a transaction of
/// its own, all under one advisory lock, so that two starters do not collide and a refused schema is left as it was.
/// Not for use by two threads at once.
/// </summary>
/// <param name="connectionString">Npgsql keywords. Pooling, timeout and search path in it are overridden.</param>
/// <param name="guildSchemas">Unquoted names; may be empty.</param>
/// <param name="report">Gets a short sentence for each thing that was done, as it is done.</param>
public sealed class SchemaMigrator(string connectionString, IReadOnlyList<string> guildSchemas, Action<string> report)
{
    /// <summary>Target of <see cref="DownAsync"/> that removes everything.</summary>
    public const string Nothing = "0";

    private readonly SchemaConnector _connector = new(connectionString, report);
    private readonly IReadOnlyList<string> _guildSchemas = SchemaName.Check(guildSchemas);

    private IEnumerable<string> Schemas => _guildSchemas.Prepend(SchemaVersion.StateSchema);

    /// <summary>Creates the database when the server does not have it.</summary>
    /// <returns>True when this call created it, false when it was there or another starter was quicker.</returns>
    public Task<bool> CreateDatabaseIfMissingAsync(CancellationToken cancellationToken)
    {
        return _connector.CreateIfMissingAsync(cancellationToken);
    }

    /// <summary>Reads which migrations each schema has; changes nothing. A schema that does not exist has everything pending.</summary>
    /// <returns>One entry per schema, <c>metricity</c> first.</returns>
    public async Task<IReadOnlyList<SchemaState>> GetStatusAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _connector.OpenAsync(cancellationToken);
        var states = new List<SchemaState>();
        foreach (var schema in Schemas)
        {
            try
            {
                states.Add(await SchemaCatalog.ReadStateAsync(connection, schema, cancellationToken));
            }
            catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
            {
                throw SchemaErrors.OnRead(error, schema);
            }
        }

        return states;
    }

    /// <summary>Creates missing schemas and applies what is pending in all of them.</summary>
    /// <param name="to">Id or name of the last migration to apply; null for all. A schema that is beyond it stays as it is.</param>
    /// <param name="cancellationToken">Rolls back the schema that is being changed; those before it stay changed.</param>
    /// <returns>Number of migrations applied, 0 when all was done before.</returns>
    public async Task<int> UpAsync(string? to, CancellationToken cancellationToken)
    {
        var target = to is null ? null : FindTarget(to);
        await using var connection = await _connector.OpenLockedAsync(cancellationToken);
        foreach (var schema in Schemas)
        {
            await SchemaCatalog.CheckBeforeUpAsync(connection, schema, cancellationToken);
        }

        var applied = 0;
        foreach (var schema in Schemas)
        {
            applied += await UpOneAsync(connection, schema, target, cancellationToken);
        }

        await GrantAsync(connection, cancellationToken);

        return applied;
    }

    /// <summary>Reverts, in all schemas, every migration after <paramref name="to"/>. Rows in what is dropped are lost.</summary>
    /// <param name="to">Id or name of the last migration to keep, or <see cref="Nothing"/>.</param>
    /// <param name="cancellationToken">Rolls back the schema that is being changed; those before it stay changed.</param>
    /// <returns>Number of migrations reverted.</returns>
    public async Task<int> DownAsync(string to, CancellationToken cancellationToken)
    {
        var target = to == Nothing ? "" : FindTarget(to);
        await using var connection = await _connector.OpenLockedAsync(cancellationToken);
        var reverted = 0;
        foreach (var schema in Schemas.Reverse())
        {
            reverted += await DownOneAsync(connection, schema, target, cancellationToken);
        }

        return reverted;
    }

    /// <summary>
    /// SQL that does what <see cref="UpAsync"/> does, for an administrator who runs it with psql. It may be run again. Use
    /// <c>-v ON_ERROR_STOP=1</c>, so that a refused schema ends it.
    /// </summary>
    public string Script()
    {
        return SchemaScript.Write(Schemas);
    }

    private async Task<int> UpOneAsync(NpgsqlConnection connection, string schema, string? target, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var state = await SchemaCatalog.ReadStateAsync(connection, schema, cancellationToken);
            var wanted = state.Pending.Where(id => target is null || string.CompareOrdinal(id, target) <= 0).ToArray();
            var isEarlier = await SchemaHistory.IsEarlierAsync(connection, schema, cancellationToken);
            if (wanted.Length == 0 && !isEarlier)
            {
                return 0;
            }

            var created = await SchemaCatalog.CreateSchemaIfMissingAsync(connection, schema, cancellationToken);
            await SchemaCatalog.EnterSchemaAsync(connection, schema, cancellationToken);
            await connection.RunAsync(SchemaHistory.PrepareSql(schema), cancellationToken);
            var adopts = state.Applied.Count == 0 && schema != SchemaVersion.StateSchema
                && await SchemaCatalog.HasAlembicAsync(connection, cancellationToken);
            if (adopts)
            {
                await connection.RunAsync(Adoption.CheckSql, cancellationToken);
                await connection.RunAsync(Adoption.NoteSql, cancellationToken);
                wanted = wanted[1..];
            }

            if (wanted.Length > 0)
            {
                using var engine = MigrationEngine.On(schema, connection, cancellationToken);
                await engine.UpAsync(SchemaVersion.NumberOf(wanted[^1]));
            }

            await transaction.CommitAsync(cancellationToken);

            if (created)
            {
                report($"created schema \"{schema}\"");
            }

            if (isEarlier)
            {
                report($"schema \"{schema}\": carried over the history of an earlier build");
            }

            if (adopts)
            {
                report($"schema \"{schema}\": adopted the database of Metricity 2.8.0 (Alembic {Adoption.AlembicHead})");
            }

            foreach (var id in wanted)
            {
                report($"schema \"{schema}\": applied {id}");
            }

            return wanted.Length;
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnMigrate(error, schema);
        }
    }

    /// <summary>Who may not grant gets a sentence, not an error: everything else is done by then.</summary>
    private async Task GrantAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var schema in _guildSchemas)
        {
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await SchemaCatalog.EnterSchemaAsync(connection, schema, cancellationToken);
                await connection.RunAsync(SchemaRights.GrantSql, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                report($"schema \"{schema}\": the role may not grant {SchemaRights.Reader} and {SchemaRights.Analyst} their rights: make it the "
                    + "owner of the schema and its tables, and run `metricity --migrate` again");
            }
            catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
            {
                throw SchemaErrors.OnMigrate(error, schema);
            }
        }

        if (_guildSchemas.Count > 0 && !await RolesExistAsync(connection, cancellationToken))
        {
            report($"the roles {SchemaRights.Reader} and {SchemaRights.Analyst} are missing and this role may not make them: let an "
                + $"administrator run `create role {SchemaRights.Reader}; create role {SchemaRights.Analyst}`, then run `metricity --migrate` again");
        }
    }

    private static async Task<bool> RolesExistAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await SchemaRights.ExistAsync(connection, cancellationToken);
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnRead(error, "pg_catalog");
        }
    }

    private async Task<int> DownOneAsync(NpgsqlConnection connection, string schema, string target, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var state = await SchemaCatalog.ReadStateAsync(connection, schema, cancellationToken);
            SchemaCatalog.RefuseUnknown(state);
            var unwanted = state.Applied.Where(id => string.CompareOrdinal(id, target) > 0).Reverse().ToArray();
            if (unwanted.Length == 0)
            {
                return 0;
            }

            await SchemaCatalog.EnterSchemaAsync(connection, schema, cancellationToken);
            await connection.RunAsync(SchemaHistory.PrepareSql(schema), cancellationToken);
            if (unwanted[^1] == SchemaVersion.Guild[0] && await SchemaCatalog.HasAlembicAsync(connection, cancellationToken))
            {
                await connection.RunAsync(Adoption.ForgetSql, cancellationToken);
                unwanted = unwanted[..^1];
            }

            var last = state.Applied.LastOrDefault(id => string.CompareOrdinal(id, target) <= 0);
            using (var engine = MigrationEngine.On(schema, connection, cancellationToken))
            {
                await engine.DownAsync(last is null ? 0 : SchemaVersion.NumberOf(last));
            }

            if (last is null)
            {
                await SchemaCatalog.RemoveHistoryAsync(connection, schema, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            foreach (var id in unwanted)
            {
                report($"schema \"{schema}\": reverted {id}");
            }

            return unwanted.Length;
        }
        catch (Exception error) when (SchemaErrors.IsFault(error, cancellationToken))
        {
            throw SchemaErrors.OnMigrate(error, schema);
        }
    }

    private static string FindTarget(string to)
    {
        return SchemaVersion.Find(to) ?? throw new SchemaException(
            $"migration \"{to}\" is not known: use one of {string.Join(", ", SchemaVersion.State.Concat(SchemaVersion.Guild))}");
    }
}
