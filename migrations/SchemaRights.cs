using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// The two roles that others are granted: <c>metricity_reader</c> sees the views and functions of the insights schemas and nothing else,
/// <c>metricity_analyst</c> a guild's tables as well. Neither can log in. Given anew at each migration, so that a role that an administrator
/// made later gets its rights too.
/// </summary>
internal static class SchemaRights
{
    public const string Reader = "metricity_reader";
    public const string Analyst = "metricity_analyst";

    /// <summary>
    /// For the schema at the front of <c>search_path</c>. Roles belong to the whole server: another database's migration may make them in
    /// the same moment. Where they are missing and may not be made, nothing is granted.
    /// </summary>
    public const string GrantSql =
        $"""
        do $rights$
        declare
            guild name := current_schema();
            views name := {SchemaName.OfViewsSql};
            reader name;
        begin
            if not exists (select from pg_namespace where nspname = views) then
                return;
            end if;

            foreach reader in array array['metricity_reader', 'metricity_analyst'] loop
                begin
                    if not exists (select from pg_roles where rolname = reader) then
                        execute format('create role %I nologin', reader);
                    end if;
                exception
                    when insufficient_privilege then return;
                    when duplicate_object or unique_violation then null;
                end;
                execute format('grant usage on schema %I to %I', views, reader);
                execute format('grant select on all tables in schema %I to %I', views, reader);
                execute format('revoke execute on all functions in schema %I from public', views);
                execute format('grant execute on all functions in schema %I to %I', views, reader);
            end loop;

            execute format('grant usage on schema %I to metricity_analyst', guild);
            execute format('grant select on all tables in schema %I to metricity_analyst', guild);
        end
        $rights$;
        """;

    /// <summary>True when both roles are there.</summary>
    public static Task<bool> ExistAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return connection.AskAsync(
            "select count(*) = 2 from pg_roles where rolname = any($1)", new[] { Reader, Analyst }, cancellationToken);
    }
}
