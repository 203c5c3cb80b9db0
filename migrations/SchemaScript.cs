using System.Globalization;
using System.Text;
using Metricity.Migrations.Guild;

namespace Metricity.Migrations;

/// <summary>
/// The migrations as SQL that psql may run again and again: for each schema a transaction with the same lock, checks and order as
/// <see cref="SchemaMigrator.UpAsync"/>. Each migration stands in a block that looks into the history first.
/// </summary>
internal sealed class SchemaScript
{
    private readonly StringBuilder _text = new();

    public static string Write(IEnumerable<string> schemas)
    {
        var script = new SchemaScript();
        foreach (var schema in schemas)
        {
            script.WriteSchema(schema);
        }

        return script._text.ToString().ReplaceLineEndings("\n");
    }

    private void WriteSchema(string schema)
    {
        var isGuild = schema != SchemaVersion.StateSchema;
        _text.Append(Head(schema)).Append(SchemaHistory.PrepareSql(schema));
        if (isGuild)
        {
            WriteAdoption();
        }

        MigrationEngine.Write(
            schema,
            migration => Begin(migration.Version),
            Statement,
            migration => End(migration.Version, migration.Description));
        if (isGuild)
        {
            _text.Append('\n').Append(SchemaRights.GrantSql);
        }

        _text.Append("\ncommit;\n\n");
    }

    private static string Head(string schema)
    {
        var name = SchemaName.Quote(schema);
        return $"""
            -- schema {name}
            begin;
            set local standard_conforming_strings = on;
            set local client_min_messages = warning;
            do $head$
            begin
                perform pg_advisory_xact_lock({SchemaConnector.LockKey});
                if not exists (select from pg_namespace where nspname = {SchemaName.Literal(schema)}) then
                    create schema {name};
                end if;
                perform set_config('search_path', {SchemaName.Literal(name)}, true);
                perform set_config('metricity.views_schema', {SchemaName.Literal(SchemaName.OfViews(schema))}, true);
            end
            $head$;

            """;
    }

    private void WriteAdoption()
    {
        _text.Append(
            $"""

            do $adopt$
            begin
                if exists (select from metricity_migrations) then
                    return;
                end if;

            {Adoption.CheckSql}
            {Adoption.NoteSql}
            end
            $adopt$;

            """);
    }

    private void Begin(long version)
    {
        _text.Append(
            CultureInfo.InvariantCulture,
            $"""

            do $metricity$
            begin
                if exists (select from metricity_migrations where version = {version}) then
                    return;
                end if;


            """);
    }

    private void Statement(string sql)
    {
        var statement = sql.TrimEnd();
        _text.Append(statement).Append(statement.EndsWith(';') ? "\n" : ";\n");
    }

    private void End(long version, string description)
    {
        _text.Append(
            CultureInfo.InvariantCulture,
            $"""

                insert into metricity_migrations (version, applied_at, description)
                values ({version}, now() at time zone 'UTC', {SchemaName.Literal(description)});
            end
            $metricity$;

            """);
    }
}
