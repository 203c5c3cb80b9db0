using FluentMigrator;

namespace Metricity.Migrations.Guild;

/// <summary>The coverage ledger as views on the rows of this guild.</summary>
[Migration(20261122080030, "coverage")]
internal sealed class Coverage : Migration
{
    public override void Up()
    {
        Execute.EmbeddedScript("Guild.Coverage.sql");
    }

    public override void Down()
    {
        Execute.Sql("drop view coverage_by_day; drop view coverage_by_hour; drop view coverage_channels; drop view coverage;");
    }
}
