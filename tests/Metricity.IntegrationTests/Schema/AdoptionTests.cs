using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

public sealed class AdoptionTests
{
    [Fact]
    public async Task Original_database_is_adopted_and_no_stored_row_is_touched()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        var before = await Catalog.ChecksumsAsync(database);
        var files = await TableFilesAsync(database);
        var said = new List<string>();

        var applied = await new SchemaMigrator(database.ConnectionString, ["public"], said.Add).UpAsync(null, default);

        // What the original made was not applied by us.
        Assert.Equal(SchemaVersion.State.Count + SchemaVersion.Guild.Count - 1, applied);
        Assert.DoesNotContain(said, line => line.EndsWith(SchemaVersion.Guild[0], StringComparison.Ordinal));
        Assert.Equal(6, before.Count);
        Assert.Equal(before, await Catalog.ChecksumsAsync(database));
        Assert.Equal(files, await TableFilesAsync(database));
        Assert.Contains("schema \"public\": adopted the database of Metricity 2.8.0 (Alembic a192a8d3282c)", said);
    }

    [Fact]
    public async Task Rows_of_the_original_are_all_there_after_adoption_with_their_hashes()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();

        await Catalog.Migrator(database, "public").UpAsync(null, default);

        Assert.Equal(5, await database.CountAsync("categories"));
        Assert.Equal(24, await database.CountAsync("channels"));
        Assert.Equal(31, await database.CountAsync("threads"));
        Assert.Equal(300, await database.CountAsync("users"));
        Assert.Equal(425, await database.CountAsync("messages"));
        Assert.Equal(425, await database.CountAsync("messages where content_hash is not null"));
        Assert.Equal("a192a8d3282c", await database.ScalarAsync<string>("select version_num from alembic_version"));
        Assert.Equal(31, await database.CountAsync("threads where not deleted"));
    }

    [Fact]
    public async Task Adopted_and_fresh_databases_end_equal_but_for_what_the_original_brought()
    {
        await using var adopted = await TestDatabase.CreateOriginalAsync();
        await using var fresh = await TestDatabase.CreateEmptyAsync();

        await Catalog.Migrator(adopted, "public").UpAsync(null, default);
        await Catalog.Migrator(fresh, "public").UpAsync(null, default);

        var theirs = await Catalog.DescribeAsync(adopted, "public", "insights", "metricity");
        var ours = await Catalog.DescribeAsync(fresh, "public", "insights", "metricity");
        var extra = theirs.Except(ours).ToArray();
        Assert.Equal(["columns of public.messages: id, channel_id, author_id, created_at, is_deleted, thread_id, type, edited_at, deleted_at"],
            ours.Except(theirs));
        Assert.All(extra, line => Assert.True(
            line.Contains("alembic_version", StringComparison.Ordinal)
            || line.StartsWith("column public.messages.content_hash character varying notnull=f", StringComparison.Ordinal)
            || line.StartsWith("columns of public.messages: ", StringComparison.Ordinal),
            line));
        Assert.Equal(7, extra.Length); // the table, its column, its order, key and index; content_hash and the order of its table
    }

    [Fact]
    public async Task Adoption_infers_one_join_for_every_stored_user()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();

        await Catalog.Migrator(database, "public").UpAsync(null, default);

        Assert.Equal(300, await database.CountAsync("member_events"));
        Assert.Equal(300, await database.CountAsync(
            "member_events e join users u on u.id = e.user_id and u.joined_at = e.at where e.kind = 'join' and e.inferred"));
    }

    [Fact]
    public async Task Second_up_after_an_adoption_does_nothing()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await Catalog.Migrator(database, "public").UpAsync(null, default);

        Assert.Equal(0, await Catalog.Migrator(database, "public").UpAsync(null, default));
        Assert.Equal(300, await database.CountAsync("member_events"));
    }

    [Fact]
    public async Task Down_on_an_adopted_database_removes_only_what_was_added()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        var rows = await Catalog.ChecksumsAsync(database);
        var shape = await Catalog.DescribeAsync(database);
        var migrator = Catalog.Migrator(database, "public");
        await migrator.UpAsync(null, default);

        await migrator.DownAsync("0", default);

        Assert.Equal(shape, await Catalog.DescribeAsync(database));
        Assert.Equal(rows, await Catalog.ChecksumsAsync(database));
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
    }

    [Fact]
    public async Task Original_in_public_does_not_disturb_a_guild_in_another_schema()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        var shape = await Catalog.DescribeAsync(database);

        await Catalog.Migrator(database, "second").UpAsync(null, default);

        Assert.Equal(shape, await Catalog.DescribeAsync(database));
        Assert.Equal(0, await database.CountAsync("second.users"));
    }

    [Fact]
    public async Task Original_with_columns_indexes_and_views_of_its_admin_is_adopted_and_keeps_them()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await database.ExecuteAsync(
            """
            alter table users add column note text, add column noted boolean not null default false;
            create index mine on messages (created_at, channel_id);
            create view people as select id, name from users;
            """);

        await Catalog.Migrator(database, "public").UpAsync(null, default);

        Assert.Equal(300, await database.CountAsync("people"));
        Assert.Equal(300, await database.CountAsync("users where note is null and not noted"));
        Assert.True(await database.ScalarAsync<bool>("select to_regclass('mine') is not null"));
    }

    /// <summary>Names of the files behind the tables; a table that is rewritten gets a new one.</summary>
    private static Task<IReadOnlyList<string>> TableFilesAsync(TestDatabase database)
    {
        return database.ListAsync<string>(
            """
            select relname || ' ' || relfilenode from pg_class
            where relname in ('categories', 'channels', 'threads', 'users', 'messages', 'alembic_version') order by relname
            """);
    }
}
