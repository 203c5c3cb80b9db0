using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.Guild;

/// <summary>
/// The tables of one guild. In an empty schema it makes the five tables of the original Metricity 2.8.0 (without <c>content_hash</c>),
/// with the original's names of keys and indexes; where the original's database is, it takes that one. Then both get our additions, so
/// that a fresh and an adopted database end equal. No stored row is rewritten: added columns are null or have a constant default.
/// </summary>
[DbContext(typeof(GuildContext))]
[Migration("20261122060100_guild_tables")]
internal sealed class GuildTables : Migration
{
    private const string CreateOriginalSql =
        """
        do $create$
        begin
            if to_regclass('alembic_version') is not null then
                return; -- adopted: the check has found it complete
            end if;

            create table categories (
                id varchar not null,
                name varchar not null,
                deleted boolean not null default false,
                constraint categories_pkey primary key (id)
            );
            create table channels (
                id varchar not null,
                name varchar not null,
                category_id varchar,
                is_staff boolean not null,
                deleted boolean not null default false,
                constraint channels_pkey primary key (id),
                constraint channels_category_id_fkey foreign key (category_id) references categories (id) on delete cascade
            );
            create table threads (
                id varchar not null,
                parent_channel_id varchar not null,
                created_at timestamp,
                name varchar not null,
                archived boolean not null,
                auto_archive_duration integer not null,
                locked boolean not null,
                type varchar not null,
                constraint threads_pkey primary key (id),
                constraint threads_parent_channel_id_fkey foreign key (parent_channel_id) references channels (id) on delete cascade
            );
            create table users (
                id varchar not null,
                name varchar not null,
                avatar_hash varchar,
                joined_at timestamp not null,
                created_at timestamp not null,
                is_staff boolean not null,
                bot boolean not null,
                in_guild boolean not null,
                public_flags json,
                pending boolean not null,
                guild_avatar_hash varchar,
                constraint users_pkey primary key (id)
            );
            create table messages (
                id varchar not null,
                channel_id varchar not null,
                author_id varchar not null,
                created_at timestamp,
                is_deleted boolean not null,
                thread_id varchar,
                constraint messages_pkey primary key (id),
                constraint messages_channel_id_fkey foreign key (channel_id) references channels (id) on delete cascade,
                constraint messages_thread_id_fkey foreign key (thread_id) references threads (id) on delete cascade,
                constraint messages_author_id_fkey foreign key (author_id) references users (id) on delete cascade
            );
        end
        $create$;

        create index if not exists ix_threads_type on threads (type);
        create index if not exists ix_messages_channel_id on messages (channel_id);
        create index if not exists ix_messages_thread_id on messages (thread_id);
        create index if not exists ix_messages_author_id on messages (author_id);
        """;

    private const string AddOursSql =
        """
        alter table channels add column type varchar;
        alter table threads
            add column owner_id varchar,
            add column archived_at timestamp,
            add column deleted boolean not null default false,
            add column applied_tags varchar[];
        alter table users add column left_at timestamp;
        alter table messages
            add column type integer,
            add column edited_at timestamp,
            add column deleted_at timestamp;
        create index ix_messages_created_at on messages (created_at);

        create table member_events (
            id bigint generated always as identity,
            user_id varchar not null,
            kind varchar not null,
            at timestamp not null,
            inferred boolean not null default false,
            constraint member_events_pkey primary key (id),
            constraint member_events_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
            constraint member_events_kind_check check (kind in ('join', 'leave', 'rejoin'))
        );
        create unique index ix_member_events_user_id_at_kind on member_events (user_id, at, kind);
        create index ix_member_events_at on member_events (at);
        insert into member_events (user_id, kind, at, inferred)
            select id, 'join', joined_at, true from users order by joined_at, id;

        create table message_tombstones (
            id varchar not null,
            deleted_at timestamp not null,
            constraint message_tombstones_pkey primary key (id)
        );
        """;

    private const string CommentsSql =
        """
        comment on table categories is 'Channel categories of the guild; times in all tables are UTC';
        comment on table channels is 'Channels of the guild, deleted ones included';
        comment on column channels.type is 'Kind of channel, for example text, voice or forum; null when not yet seen';
        comment on table threads is 'Threads and forum posts, each below its parent channel';
        comment on column threads.owner_id is 'User who opened the thread; null when not known';
        comment on column threads.archived_at is 'When the thread was last archived or unarchived; null when not known';
        comment on column threads.deleted is 'True after the thread was deleted in Discord';
        comment on column threads.applied_tags is 'Ids of the forum tags on the post; null when not known';
        comment on table users is 'Members of the guild, past ones included, and other authors of messages';
        comment on column users.left_at is 'When the member last left; null while in the guild, or when not known';
        comment on table messages is 'One row per message: who, where, when; never what was written';
        comment on column messages.type is 'Discord''s number for the type of message (0 = ordinary, 19 = reply); null when not known';
        comment on column messages.edited_at is 'When the message was last edited; null when never, or when not known';
        comment on column messages.deleted_at is 'When the deletion was seen; null when not deleted, or when not known';
        comment on table member_events is 'One row for each time a member joined, left or came back';
        comment on column member_events.user_id is 'The member, see users';
        comment on column member_events.kind is 'join, leave or rejoin';
        comment on column member_events.at is 'When it happened, or when it was found out if inferred is true';
        comment on column member_events.inferred is 'True when found by comparing member lists, false when seen live';
        comment on table message_tombstones is 'Deletions that arrived before their message; such a message is stored as deleted';
        comment on column message_tombstones.id is 'Id of the message that is not stored yet';
        comment on column message_tombstones.deleted_at is 'When the deletion was seen';
        """;

    private const string DownSql =
        """
        drop table message_tombstones;
        drop table member_events;
        do $drop$
        begin
            if to_regclass('alembic_version') is null then
                drop table messages, threads, channels, categories, users;
                return;
            end if;

            -- The original's database: only what was added goes.
            drop index ix_messages_created_at;
            alter table messages drop column type, drop column edited_at, drop column deleted_at;
            alter table users drop column left_at;
            alter table threads
                drop column owner_id, drop column archived_at, drop column deleted, drop column applied_tags;
            alter table channels drop column type;
            comment on table categories is null;
            comment on table channels is null;
            comment on table threads is null;
            comment on table users is null;
            comment on table messages is null;
        end
        $drop$;
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(OriginalShape.CheckSql);
        migrationBuilder.Sql(CreateOriginalSql);
        migrationBuilder.Sql(AddOursSql);
        migrationBuilder.Sql(CommentsSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(DownSql);
    }
}
