using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.Guild;

/// <summary>
/// Counts of messages that are kept beside the rows, so that questions over years are answered at once. Triggers keep them, whoever writes:
/// the collector, a backfill, a cascade, an administrator (ADR 0011). <c>rollup_rebuild()</c> makes them anew from the rows.
/// </summary>
[DbContext(typeof(GuildContext))]
[Migration("20261124170000_rollups")]
internal sealed class Rollups : Migration
{
    // Ids are bigint here, which takes 8 bytes of what costs 20 as text, twice: in the row and in its key. BI tools see the views alone.
    private const string TablesSql =
        """
        create table rollup_hours (
            hour timestamp not null,
            messages integer not null,
            deleted integer not null,
            authors integer not null,
            constraint rollup_hours_pkey primary key (hour)
        );
        create table rollup_hour_returns (
            hour timestamp not null,
            gap smallint not null,
            authors integer not null,
            constraint rollup_hour_returns_pkey primary key (hour, gap)
        ) with (fillfactor = 80);
        create table rollup_channel_hours (
            channel_id bigint not null,
            hour timestamp not null,
            messages integer not null,
            deleted integer not null,
            in_threads integer not null,
            authors integer not null,
            constraint rollup_channel_hours_pkey primary key (channel_id, hour)
        ) with (fillfactor = 90);
        create index ix_rollup_channel_hours_hour on rollup_channel_hours using brin (hour) with (pages_per_range = 16);
        create table rollup_channels (
            channel_id bigint not null,
            messages integer not null,
            deleted integer not null,
            in_threads integer not null,
            users integer not null,
            first_hour timestamp,
            last_hour timestamp,
            constraint rollup_channels_pkey primary key (channel_id)
        ) with (fillfactor = 50);
        create table rollup_author_hours (
            author_id bigint not null,
            hour timestamp not null,
            channel_id bigint not null,
            messages integer not null,
            deleted integer not null,
            constraint rollup_author_hours_pkey primary key (author_id, hour, channel_id)
        ) with (fillfactor = 90);
        create index ix_rollup_author_hours_hour on rollup_author_hours using brin (hour) with (pages_per_range = 16);
        create table rollup_channel_authors (
            channel_id bigint not null,
            author_id bigint not null,
            constraint rollup_channel_authors_pkey primary key (channel_id, author_id)
        );
        create table rollup_authors (
            author_id bigint not null,
            messages integer not null,
            deleted integer not null,
            channels integer not null,
            first_hour timestamp,
            last_hour timestamp,
            constraint rollup_authors_pkey primary key (author_id)
        ) with (fillfactor = 80);
        create table rollup_threads (
            thread_id bigint not null,
            opened_by bigint,
            messages integer not null,
            deleted integer not null,
            replies integer not null,
            first_reply_at timestamp,
            last_message_at timestamp,
            constraint rollup_threads_pkey primary key (thread_id)
        ) with (fillfactor = 80);
        """;

    private const string CommentsSql =
        """
        comment on table rollup_hours is 'Kept by triggers. Messages of an hour (UTC) in the whole guild';
        comment on column rollup_hours.hour is 'Start of the hour, UTC';
        comment on column rollup_hours.messages is 'Messages that are still there';
        comment on column rollup_hours.deleted is 'Messages that were deleted since';
        comment on column rollup_hours.authors is 'Users with a message that is still there';
        comment on table rollup_hour_returns is 'Kept by triggers. The users who wrote in an hour, by how long they had been silent: '
            'with it the distinct users of a day, week or month in any time zone are a sum';
        comment on column rollup_hour_returns.gap is 'Hours since the hour in which they wrote before, 1 to 745 (a month of 31 days in '
            'which clocks are set back); 746 = longer, or never';
        comment on table rollup_channel_hours is 'Kept by triggers. Messages of an hour in a channel, those in its threads included';
        comment on column rollup_channel_hours.in_threads is 'Of messages, those in threads';
        comment on column rollup_channel_hours.authors is 'Users with a message that is still there';
        comment on table rollup_channels is 'Kept by triggers. All messages of a channel, those in its threads included';
        comment on column rollup_channels.users is 'Users with a message that is still there';
        comment on column rollup_channels.first_hour is 'First hour (UTC) with a message that is still there';
        comment on column rollup_channels.last_hour is 'Last hour (UTC) with a message that is still there';
        comment on table rollup_author_hours
            is 'Kept by triggers. Messages of a user in an hour in a channel, those in its threads included';
        comment on table rollup_channel_authors is 'Kept by triggers. Who has a message in a channel that is still there';
        comment on table rollup_authors is 'Kept by triggers. All messages of a user';
        comment on column rollup_authors.channels is 'Channels with a message that is still there';
        comment on column rollup_authors.first_hour is 'First hour (UTC) with a message that is still there';
        comment on column rollup_authors.last_hour is 'Last hour (UTC) with a message that is still there';
        comment on table rollup_threads is 'Kept by triggers. What happened in a thread';
        comment on column rollup_threads.opened_by is 'Its owner; where that is not known, the author of the message that began it';
        comment on column rollup_threads.replies is 'Of messages, those by others than who opened the thread';
        """;

    private const string DownSql =
        """
        drop trigger rollup_messages_insert on messages;
        drop trigger rollup_messages_update on messages;
        drop trigger rollup_messages_delete on messages;
        drop trigger rollup_messages_truncate on messages;
        drop trigger rollup_threads_update on threads;
        drop function rollup_rebuild();
        drop function rollup_on_messages();
        drop function rollup_on_threads();
        drop function rollup_apply(bigint[], timestamp[], bigint[], integer[], integer[], integer[]);
        drop function rollup_turn(bigint[], timestamp[], boolean[]);
        drop function rollup_lose(bigint[], bigint[]);
        drop function rollup_recount_threads(bigint[]);
        drop function rollup_empty();
        drop function rollup_lock();
        drop table rollup_hours, rollup_hour_returns, rollup_channel_hours, rollup_channels, rollup_author_hours, rollup_channel_authors,
            rollup_authors, rollup_threads;
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(TablesSql);
        migrationBuilder.Sql(CommentsSql);
        migrationBuilder.Sql(RollupFunctions.CountSql);
        migrationBuilder.Sql(RollupFunctions.ThreadsSql);
        migrationBuilder.Sql(RollupTriggers.Sql);
        migrationBuilder.Sql(RollupTriggers.RebuildSql);
        migrationBuilder.Sql("do $fill$ begin perform rollup_rebuild(); end $fill$;");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(DownSql);
    }
}
