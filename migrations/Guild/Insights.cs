using FluentMigrator;

namespace Metricity.Migrations.Guild;

/// <summary>
/// The schema with the views and functions that answer the admins' questions: <c>insights</c> beside <c>public</c>, <c>NAME_insights</c>
/// beside any other guild's schema. Names are found when a view or function is made; what reads them needs rights to this schema alone.
/// </summary>
[Migration(20261124170100, "insights")]
internal sealed class Insights : Migration
{
    // What is created from here on goes into the schema of views, and finds the tables by name.
    private const string EnterSql =
        """
        do $enter$
        begin
            execute format('create schema %I', current_setting('metricity.views_schema'));
            perform set_config('search_path', format('%I, %I, pg_temp', current_setting('metricity.views_schema'), current_schema()), true);
        end
        $enter$;
        """;

    private const string LeaveSql =
        """
        do $leave$
        begin
            perform set_config('search_path', quote_ident((current_schemas(false))[2]), true);
        end
        $leave$;
        """;

    private const string DownSql =
        """
        do $drop$
        begin
            execute format('drop schema %I cascade', current_setting('metricity.views_schema'));
            if exists (select from pg_roles where rolname = 'metricity_analyst') then
                execute format('revoke all on all tables in schema %I from metricity_analyst', current_schema());
                execute format('revoke all on schema %I from metricity_analyst', current_schema());
            end if;
        end
        $drop$;
        """;

    public override void Up()
    {
        Execute.Sql(EnterSql);
        Execute.EmbeddedScript("Guild.InsightsCoverage.sql");
        Execute.EmbeddedScript("Guild.InsightsActivity.sql");
        Execute.EmbeddedScript("Guild.InsightsThreads.sql");
        Execute.EmbeddedScript("Guild.InsightsPeople.sql");
        Execute.Sql(LeaveSql);
    }

    public override void Down()
    {
        Execute.Sql(DownSql);
    }
}
