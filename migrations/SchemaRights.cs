using Npgsql;

namespace Metricity.Migrations;

/// <summary>The two roles that others are granted; <c>Guild/Rights.sql</c> tells what they may.</summary>
internal static class SchemaRights
{
    public const string Reader = "metricity_reader";
    public const string Analyst = "metricity_analyst";

    /// <summary>For the schema in <c>search_path</c>.</summary>
    public static string GrantSql { get; } = SqlFile.Read("Guild.Rights.sql");

    /// <summary>True when both roles are there.</summary>
    public static Task<bool> ExistAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return connection.AskAsync(
            "select count(*) = 2 from pg_roles where rolname = any($1)", new[] { Reader, Analyst }, cancellationToken);
    }
}
