using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>Databases that are not adopted: each is refused in words, and nothing at all is changed.</summary>
public sealed class RefusedShapeTests
{
    [Theory]
    [InlineData("update alembic_version set version_num = '25f3b8fb9961'", "25f3b8fb9961")]
    [InlineData("delete from alembic_version", "(none)")]
    [InlineData("insert into alembic_version values ('25f3b8fb9961')", "25f3b8fb9961, a192a8d3282c")]
    public async Task Other_Alembic_revision_is_refused_with_the_way_out(string change, string revision)
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await database.ExecuteAsync(change);

        var message = await RefusalAsync(database);

        Assert.Equal(
            $"schema \"public\" is at Alembic revision {revision}; Metricity for .NET adopts 2.8.0 (a192a8d3282c): "
            + "upgrade with the original's `alembic upgrade head` first",
            message);
    }

    [Theory]
    [InlineData("drop table messages", "table messages is missing")]
    [InlineData("drop table alembic_version", "table alembic_version is missing")]
    [InlineData(
        "drop table messages, threads, channels; create table unrelated (id int)",
        "table channels is missing; table threads is missing; table messages is missing")]
    [InlineData("alter table users drop column pending", "column users.pending is missing")]
    [InlineData(
        "alter table users drop column pending; alter table threads drop column locked",
        "column threads.locked is missing; column users.pending is missing")]
    [InlineData("alter table users alter column id type text", "column users.id is text in place of character varying")]
    [InlineData(
        "alter table messages alter column created_at type timestamptz",
        "column messages.created_at is timestamp with time zone in place of timestamp without time zone")]
    [InlineData("alter table users alter column joined_at drop not null", "column users.joined_at allows nulls")]
    [InlineData("alter table messages alter column content_hash set not null", "column messages.content_hash does not allow nulls")]
    [InlineData(
        "alter table channels add column topic text not null default 'x'; alter table channels alter column topic drop default",
        "column channels.topic is not known and does not allow nulls")]
    [InlineData(
        "alter table channels add column type integer",
        "column channels.type, which Metricity for .NET would add, is already there")]
    [InlineData(
        "create table member_events (id int)",
        "table member_events, which Metricity for .NET would add, is already there")]
    [InlineData("alter table messages drop constraint messages_pkey", "constraint PRIMARY KEY (id) of messages is missing")]
    [InlineData(
        "alter table channels drop constraint channels_category_id_fkey",
        "constraint FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE of channels is missing")]
    public async Task Incomplete_shape_is_refused_with_all_that_differs(string change, string findings)
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await database.ExecuteAsync(change);

        var message = await RefusalAsync(database);

        Assert.Equal(
            $"schema \"public\" holds neither nothing nor a complete database of Metricity 2.8.0: {findings}; "
            + "nothing was changed: repair this, or give Metricity another schema",
            message);
    }

    [Fact]
    public async Task View_in_the_place_of_a_table_is_refused()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await database.ExecuteAsync("alter table messages rename to messages_table; create view messages as select * from messages_table");

        var message = await RefusalAsync(database);

        Assert.Contains("2.8.0: messages is not a table; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strange_table_with_one_of_our_names_is_refused()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await database.ExecuteAsync("create table users (id serial primary key, email text)");

        var message = await RefusalAsync(database);

        Assert.Contains("table alembic_version is missing; table categories is missing", message, StringComparison.Ordinal);
        Assert.Contains("column users.id is integer in place of character varying", message, StringComparison.Ordinal);
        Assert.Contains("column users.name is missing", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_refused_schema_keeps_the_others_from_being_changed_too()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await database.ExecuteAsync("create schema bad; create table bad.users (id int)");

        var error = await Assert.ThrowsAsync<SchemaException>(() => Catalog.Migrator(database, "good", "bad").UpAsync(null, default));

        Assert.StartsWith("schema \"bad\" ", error.Message, StringComparison.Ordinal);
        Assert.False(await Catalog.SchemaExistsAsync(database, "good"));
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
    }

    [Fact]
    public async Task Table_with_rows_of_names_never_shows_them_in_the_refusal()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await database.ExecuteAsync("create table users (id text, name text); insert into users values ('1', 'canary-name')");

        var message = await RefusalAsync(database);

        Assert.DoesNotContain("canary", message, StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(TestDatabase database)
    {
        var before = await Catalog.DescribeAsync(database);
        var error = await Assert.ThrowsAsync<SchemaException>(() => Catalog.Migrator(database, "public").UpAsync(null, default));
        Assert.Equal(before, await Catalog.DescribeAsync(database));
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
        return error.Message;
    }
}
