namespace Metricity.Migrations.Guild;

/// <summary>
/// Takes over a database of the original Metricity 2.8.0 in place: its tables count as made, and stay when all of ours goes.
/// </summary>
internal static class Adoption
{
    /// <summary>SQLSTATE of a refusal. Its message text is written in this project, so it is safe to show.</summary>
    public const string RefusedSqlState = "MT001";

    /// <summary>Head of the original's Alembic migrations in version 2.8.0.</summary>
    public const string AlembicHead = "a192a8d3282c";

    /// <summary>Before the first migration, after <see cref="CheckSql"/> has found the original's tables complete.</summary>
    public static readonly string NoteSql =
        $"""
        insert into metricity_migrations (version, description)
        select {OriginalTables.Version}, '{OriginalTables.Name}'
        where to_regclass('alembic_version') is not null;
        """;

    /// <summary>Before the last migration is reverted.</summary>
    public static readonly string ForgetSql =
        $"""
        delete from metricity_migrations where version = {OriginalTables.Version} and to_regclass('alembic_version') is not null
        """;

    /// <summary>
    /// Fails with <see cref="RefusedSqlState"/> unless the schema in <c>search_path</c> holds nothing of ours or a complete database of
    /// 2.8.0. Runs before the transactions of all schemas, and again inside the schema's own.
    /// </summary>
    public static string CheckSql { get; } = SqlFile.Read("Guild.OriginalShape.sql");
}
