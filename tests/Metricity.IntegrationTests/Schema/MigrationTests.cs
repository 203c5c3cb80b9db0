using System.Text.RegularExpressions;
using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Schema;

public sealed class MigrationTests
{
    private static readonly string[] OddNames = ["Mixed Case", "with\"quote", "it's", "ünïcode 🐍", "select", "semi;colon--", "\"q\"", "brace{0}", "}{"];

    [Fact]
    public async Task Empty_database_gets_the_state_and_every_guild_schema()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var said = new List<string>();

        var applied = await new SchemaMigrator(database.ConnectionString, ["public", "second"], said.Add).UpAsync(null, default);

        Assert.Equal(SchemaVersion.State.Count + (2 * SchemaVersion.Guild.Count), applied);
        Assert.Equal(
            ["coverage", "coverage_channels", "guilds", "identifies", "identify_budget", "metricity_migrations", "positions"],
            await TablesAsync(database, "metricity"));
        string[] guild =
        [
            "categories", "channels", "member_events", "message_tombstones", "messages", "metricity_migrations", "rollup_author_hours",
            "rollup_authors", "rollup_channel_authors", "rollup_channel_hours", "rollup_channels", "rollup_hour_returns",
            "rollup_hours", "rollup_threads", "threads", "users",
        ];
        Assert.Equal(guild, await TablesAsync(database, "public"));
        Assert.Equal(guild, await TablesAsync(database, "second"));
        Assert.Equal(
            [
                "created schema \"metricity\"",
                .. SchemaVersion.State.Select(id => $"schema \"metricity\": applied {id}"),
                .. SchemaVersion.Guild.Select(id => $"schema \"public\": applied {id}"),
                "created schema \"second\"",
                .. SchemaVersion.Guild.Select(id => $"schema \"second\": applied {id}"),
            ],
            said);
    }

    [Fact]
    public async Task Second_up_does_nothing_and_says_nothing()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Catalog.Migrator(database, "public").UpAsync(null, default);
        var before = await Catalog.DescribeAsync(database);
        var said = new List<string>();

        var applied = await new SchemaMigrator(database.ConnectionString, ["public"], said.Add).UpAsync(null, default);

        Assert.Equal(0, applied);
        Assert.Empty(said);
        Assert.Equal(before, await Catalog.DescribeAsync(database));
    }

    [Theory]
    [InlineData("55P03", "another program is using the tables of schema \"metricity\"", true)]
    [InlineData("57P01", "schema \"metricity\" could not be migrated (SQLSTATE 57P01)", true)]
    [InlineData("42501", "the role lacks rights in schema \"metricity\"", false)]
    public async Task Refusal_in_the_middle_of_a_migration_is_told_whoever_wraps_it(string state, string sentence, bool isTransient)
    {
        await using var cluster = await PostgresCluster.StartNewAsync(); // only a superuser may make such a trigger
        await using var database = await TestDatabase.CreateEmptyAsync(cluster);
        await database.ExecuteAsync(
            $"create function refuse() returns event_trigger language plpgsql as $$ begin raise 'no' using errcode = '{state}'; end $$");
        await database.ExecuteAsync(
            "create event trigger refuse on ddl_command_start when tag in ('CREATE INDEX', 'CREATE VIEW') execute function refuse()");

        var refusal = await Assert.ThrowsAsync<SchemaException>(() => Catalog.Migrator(database, "public").UpAsync(null, default));

        Assert.StartsWith(sentence, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isTransient, refusal.IsTransient);
        Assert.Empty(await TablesAsync(database, "metricity"));
    }

    [Fact]
    public async Task Guild_added_later_gets_its_schema_and_the_others_stay()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Catalog.Migrator(database, "public").UpAsync(null, default);

        var applied = await Catalog.Migrator(database, "public", "second").UpAsync(null, default);

        Assert.Equal(SchemaVersion.Guild.Count, applied);
        Assert.Equal(
            await DescribeWithoutNameAsync(database, "public", "insights"),
            await DescribeWithoutNameAsync(database, "second", "second_insights"));
    }

    [Fact]
    public async Task Starters_at_the_same_time_apply_each_migration_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            () => Catalog.Migrator(database, "public", "second").UpAsync(null, default))));

        Assert.Equal(SchemaVersion.State.Count + (2 * SchemaVersion.Guild.Count), applied.Sum());
        Assert.Single(applied, number => number > 0);
    }

    [Fact]
    public async Task Starter_waits_while_another_one_holds_the_lock_and_says_so()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var waits = new Signal("the second starter said that it waits");
        await using var other = new NpgsqlConnection(database.ConnectionString);
        await other.OpenAsync();
        await using var lockIt = new NpgsqlCommand("select pg_advisory_lock(7882834757525137780)", other);
        await lockIt.ExecuteNonQueryAsync();

        var up = new SchemaMigrator(database.ConnectionString, ["public"], _ => waits.Set()).UpAsync(null, default);
        await waits.WaitAsync();

        Assert.False(up.IsCompleted);
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
        await using var unlock = new NpgsqlCommand("select pg_advisory_unlock_all()", other);
        await unlock.ExecuteNonQueryAsync();
        Assert.True(await up.WaitAsync(Eventually.Limit) > 0);
    }

    [Fact]
    public async Task Cancelled_up_ends_at_once_and_leaves_the_schema_as_it_was()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        var before = await Catalog.DescribeAsync(database);
        await using var other = new NpgsqlConnection(database.ConnectionString);
        await other.OpenAsync();
        await using var reads = await other.BeginTransactionAsync();
        await using var read = new NpgsqlCommand("lock table messages in access share mode", other);
        await read.ExecuteNonQueryAsync();
        using var cancel = new CancellationTokenSource();

        var up = Catalog.Migrator(database, "public").UpAsync(null, cancel.Token);
        await Eventually.TrueAsync(() => database.ScalarAsync<bool>(
            "select exists (select from pg_locks where relation = 'messages'::regclass and not granted)"), "up waits for the reader");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up.WaitAsync(Eventually.Limit));
        await reads.RollbackAsync();
        Assert.Equal(before, await Catalog.DescribeAsync(database));
        Assert.Equal(SchemaVersion.Guild.Count - 1, await Catalog.Migrator(database, "public").UpAsync(null, default));
    }

    [Fact]
    public async Task Schemas_with_odd_names_are_migrated_up_and_down()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, OddNames);

        await migrator.UpAsync(null, default);

        Assert.All(await migrator.GetStatusAsync(default), state => Assert.Empty(state.Pending));
        foreach (var name in OddNames)
        {
            Assert.Contains("member_events", await TablesAsync(database, name));
        }

        await migrator.DownAsync("0", default);

        foreach (var name in OddNames)
        {
            Assert.Empty(await TablesAsync(database, name));
        }
    }

    [Fact]
    public async Task Twenty_five_guild_schemas_are_migrated_with_one_session()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var schemas = Enumerable.Range(0, 25).Select(number => $"guild_{number}").ToArray();

        var applied = await Catalog.Migrator(database, schemas).UpAsync(null, default);

        Assert.Equal(SchemaVersion.State.Count + (25 * SchemaVersion.Guild.Count), applied);
    }

    [Theory]
    [InlineData("")]
    [InlineData("metricity")]
    [InlineData("pg_toast")]
    [InlineData("information_schema")]
    [InlineData("a$metricity$b")]
    [InlineData("line\nbreak")]
    [InlineData("this_name_is_far_too_long_for_postgresql_which_cuts_names_at_63_bytes")]
    public void Name_that_cannot_be_a_guild_schema_is_refused(string name)
    {
        var error = Assert.Throws<SchemaException>(() => new SchemaMigrator("Host=localhost", [name], _ => { }));

        Assert.Contains("cannot be used for a guild", error.Message, StringComparison.Ordinal);
        Assert.Contains("Guilds:N:Schema", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_to_a_migration_stops_there_and_to_an_older_one_reverts_nothing()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, "public");

        Assert.Equal(1, await migrator.UpAsync("program_state", default));
        Assert.Equal(["positions"], await database.ListAsync<string>(
            "select relname::text from pg_class where relname in ('positions', 'messages') and relkind = 'r'"));
        Assert.Equal(SchemaVersion.State.Count - 1 + SchemaVersion.Guild.Count, await migrator.UpAsync(null, default));
        Assert.Equal(0, await migrator.UpAsync(SchemaVersion.State[0], default));
        Assert.All(await migrator.GetStatusAsync(default), state => Assert.Empty(state.Pending));
    }

    [Fact]
    public async Task Down_to_a_migration_keeps_it_and_reverts_what_is_later()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, "public");
        await migrator.UpAsync(null, default);

        var reverted = await migrator.DownAsync("program_state", default);

        Assert.Equal(SchemaVersion.State.Count - 1 + SchemaVersion.Guild.Count, reverted);
        Assert.Empty(await TablesAsync(database, "public"));
        Assert.Contains("positions", await TablesAsync(database, "metricity"));
    }

    [Fact]
    public async Task Down_to_nothing_leaves_the_database_as_it_was_and_up_works_again()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, "public", "second");
        await migrator.UpAsync(null, default);
        var full = await Catalog.DescribeAsync(database);

        var reverted = await migrator.DownAsync("0", default);

        Assert.Equal(SchemaVersion.State.Count + (2 * SchemaVersion.Guild.Count), reverted);
        Assert.Empty(await Catalog.DescribeAsync(database));
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
        Assert.Equal(0, await migrator.DownAsync("0", default));
        await migrator.UpAsync(null, default);
        Assert.Equal(full, await Catalog.DescribeAsync(database));
    }

    [Fact]
    public async Task Down_with_a_view_on_a_table_is_refused_and_changes_nothing()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, "public");
        await migrator.UpAsync(null, default);
        await database.ExecuteAsync("create schema dashboards; create view dashboards.people as select id from users");
        var before = await Catalog.DescribeAsync(database);

        var error = await Assert.ThrowsAsync<SchemaException>(() => migrator.DownAsync("0", default));

        Assert.Contains("views, foreign keys", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await Catalog.DescribeAsync(database));
    }

    [Fact]
    public async Task Unknown_target_is_refused_with_the_known_ones()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var migrator = Catalog.Migrator(database, "public");

        foreach (var error in new[]
        {
            await Assert.ThrowsAsync<SchemaException>(() => migrator.UpAsync("no_such", default)),
            await Assert.ThrowsAsync<SchemaException>(() => migrator.DownAsync("no_such", default)),
        })
        {
            Assert.StartsWith("migration \"no_such\" is not known: use one of ", error.Message, StringComparison.Ordinal);
            Assert.Contains(SchemaVersion.LatestGuild, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Migration_names_and_ids_are_unique_over_both_kinds()
    {
        var ids = SchemaVersion.State.Concat(SchemaVersion.Guild).ToArray();

        Assert.NotEmpty(SchemaVersion.State);
        Assert.NotEmpty(SchemaVersion.Guild);
        Assert.All(ids, id => Assert.Matches("^[0-9]{14}_[a-z_]+$", id));
        Assert.Equal(ids.Length, ids.Select(id => id[..14]).Distinct().Count());
        Assert.Equal(ids.Length, ids.Select(id => id[15..]).Distinct().Count());
    }

    [Fact]
    public async Task Every_table_and_every_added_column_has_a_comment()
    {
        await using var database = await TestDatabase.CreateAsync();

        var silent = await database.ListAsync<string>(
            """
            select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('public', 'metricity') and c.relkind = 'r' and c.relname <> 'metricity_migrations'
              and obj_description(c.oid, 'pg_class') is null
            union all
            select format('%s.%s', c.relname, a.attname)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            where n.nspname = 'public'
              and (c.relname, a.attname) in (
                ('channels', 'type'), ('threads', 'owner_id'), ('threads', 'archived_at'), ('threads', 'deleted'),
                ('threads', 'applied_tags'), ('users', 'left_at'), ('messages', 'type'), ('messages', 'edited_at'),
                ('messages', 'deleted_at'), ('member_events', 'kind'), ('member_events', 'at'), ('member_events', 'inferred'),
                ('message_tombstones', 'deleted_at'))
              and col_description(c.oid, a.attnum) is null
            """);

        Assert.Empty(silent);
    }

    private static async Task<IEnumerable<string>> DescribeWithoutNameAsync(TestDatabase database, string schema, string views)
    {
        return (await Catalog.DescribeAsync(database, schema, views))
            // PostgreSQL writes the name of a schema only where search_path does not lead to it.
            .Select(line => line.Replace(views, "VIEWS", StringComparison.Ordinal))
            .Select(line => Regex.Replace(line, $@"\b{schema}\.", ""))
            .Select(line => Regex.Replace(line, $@"\b{schema}\b", "GUILD"))
            .Where(line => !line.StartsWith("schema ", StringComparison.Ordinal)) // public has more rights than a schema of our own
            .Order(StringComparer.Ordinal);
    }

    private static Task<IReadOnlyList<string>> TablesAsync(TestDatabase database, string schema)
    {
        return database.ListAsync<string>(
            "select relname::text from pg_class where relkind = 'r' "
            + "and relnamespace = (select oid from pg_namespace where nspname = $1) order by relname collate \"C\"",
            schema);
    }
}
