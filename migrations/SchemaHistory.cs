using Metricity.Migrations.Guild;
using Metricity.Migrations.State;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// The table <c>metricity_migrations</c> of a schema: one row for each applied migration. Builds before FluentMigrator kept another form
/// of it, with more and smaller migrations; where all of those were applied, the table is carried over. In place, because the view
/// <c>coverage</c> knows its guild by the identity of this table.
/// </summary>
internal static class SchemaHistory
{
    /// <summary>The last migration whose work a complete history of the earlier form stands for.</summary>
    private const string CarriedUpTo = "20261124170100_insights";

    private static readonly string[] EarlierState =
    [
        "20261122060000_program_state", "20261122080000_coverage_ledger", "20261122080100_identify_budget", "20261124140000_channel_gaps",
    ];

    private static readonly string[] EarlierGuild =
    [
        "20261122060100_guild_tables", "20261122080030_coverage_views", "20261124140030_channel_gaps_in_view", "20261124170000_rollups",
        "20261124170100_insights_schema", "20261124170110_insights_activity", "20261124170120_insights_threads",
        "20261124170130_insights_people",
    ];

    /// <summary>Reads the ids of the applied migrations, in no order; changes nothing.</summary>
    /// <exception cref="SchemaException">A history of the earlier form that is not complete.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(
        NpgsqlConnection connection,
        string schema,
        CancellationToken cancellationToken)
    {
        var table = QualifiedTable(schema);
        if (!await connection.AskAsync("select to_regclass($1) is not null", table, cancellationToken))
        {
            return [];
        }

        if (!await IsEarlierAsync(connection, schema, cancellationToken))
        {
            return await connection.ListAsync($"select concat_ws('_', version, description) from {table}", cancellationToken);
        }

        var found = await connection.ListAsync($"select \"MigrationId\" from {table}", cancellationToken);
        return found.Order(StringComparer.Ordinal).SequenceEqual(Earlier(schema))
            ? Carried(schema)
            : throw new SchemaException(Incomplete(schema));
    }

    public static Task<bool> IsEarlierAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select exists (
                select from pg_attribute where attrelid = to_regclass($1) and attname = 'MigrationId' and not attisdropped)
            """;
        return connection.AskAsync(Sql, QualifiedTable(schema), cancellationToken);
    }

    /// <summary>
    /// SQL that makes the table where it is missing and carries over the earlier form, for the schema in <c>search_path</c>. When the
    /// carried migrations were applied is not known, so they have no time.
    /// </summary>
    public static string PrepareSql(string schema)
    {
        var earlier = string.Join(", ", Earlier(schema).Select(SchemaName.Literal));
        var carried = string.Join(
            ", ",
            Carried(schema).Select(id => $"({SchemaVersion.NumberOf(id)}, {SchemaName.Literal(SchemaVersion.NameOf(id))})"));
        var comments = schema == SchemaVersion.StateSchema ? ProgramState.LedgerCommentsSql : "";
        return $"""
            do $history$
            begin
                create table if not exists metricity_migrations (
                    version bigint constraint metricity_migrations_pkey primary key,
                    applied_at timestamp,
                    description varchar not null
                );
                if not exists (
                    select from pg_attribute
                    where attrelid = 'metricity_migrations'::regclass and attname = 'MigrationId' and not attisdropped
                ) then
                    return;
                end if;

                if (select array_agg("MigrationId"::text order by "MigrationId" collate "C") from metricity_migrations)
                    is distinct from array[{earlier}]
                then
                    raise exception using errcode = '{Adoption.RefusedSqlState}', message = {SchemaName.Literal(Incomplete(schema))};
                end if;
                delete from metricity_migrations;
                alter table metricity_migrations
                    drop column "MigrationId",
                    drop column "ProductVersion",
                    add column version bigint constraint metricity_migrations_pkey primary key,
                    add column applied_at timestamp,
                    add column description varchar not null;
                insert into metricity_migrations (version, description) values {carried};
                {comments}
            end
            $history$;

            """.ReplaceLineEndings("\n");
    }

    private static string[] Earlier(string schema)
    {
        return schema == SchemaVersion.StateSchema ? EarlierState : EarlierGuild;
    }

    private static string[] Carried(string schema)
    {
        return SchemaVersion.Of(schema).Where(id => string.CompareOrdinal(id, CarriedUpTo) <= 0).ToArray();
    }

    private static string Incomplete(string schema)
    {
        return $"schema \"{schema}\" was made by an earlier build and does not have exactly its {Earlier(schema).Length} migrations: "
            + "run `metricity --migrate` of that build first, or restore a backup";
    }

    private static string QualifiedTable(string schema)
    {
        return $"{SchemaName.Quote(schema)}.{SchemaName.Quote(SchemaVersion.HistoryTable)}";
    }
}
