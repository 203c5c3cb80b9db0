using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.State;

/// <summary>A gap may be of one channel: beside the running stretch of the guild each channel may have one that goes on.</summary>
[DbContext(typeof(StateContext))]
[Migration("20261124140000_channel_gaps")]
internal sealed class ChannelGaps : Migration
{
    private const string UpSql =
        """
        drop index ix_coverage_guild_id_running;
        create unique index ix_coverage_guild_id_running on coverage (guild_id) where ended_at is null and channel_id is null;
        create unique index ix_coverage_channel_id_running on coverage (guild_id, channel_id) where ended_at is null;
        comment on column coverage.channel_id is 'Of a gap or backfill of one channel with its threads; null = the whole guild';
        """;

    private const string DownSql =
        """
        delete from coverage where kind = 'gap' and channel_id is not null;
        drop index ix_coverage_channel_id_running;
        drop index ix_coverage_guild_id_running;
        create unique index ix_coverage_guild_id_running on coverage (guild_id) where ended_at is null;
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(UpSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(DownSql);
    }
}
