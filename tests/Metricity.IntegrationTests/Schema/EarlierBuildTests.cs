using System.Globalization;
using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>A database of the last build whose migrations were EF Core's: the same schema, and taken over where it is.</summary>
public sealed class EarlierBuildTests
{
    private const string Refusal =
        "schema \"public\" was made by an earlier build and does not have exactly its 8 migrations: "
        + "run `metricity --migrate` of that build first, or restore a backup";

    private static readonly string[] Schemas = ["metricity", "public", "insights"];

    [Fact]
    public async Task Fresh_schema_differs_from_that_of_the_earlier_build_by_the_history_and_two_comments()
    {
        await using var earlier = await EarlierBuildAsync();
        await using var fresh = await TestDatabase.CreateAsync();

        var before = await DescribeAsync(earlier);
        var now = await DescribeAsync(fresh);

        Assert.True(now.Count > 500, $"{now.Count} lines");
        Assert.Equal(
            ["column metricity.coverage.ended_at", "column metricity.coverage.reason"],
            now.Except(before).Where(OutsideOfTheHistory).Select(UpToType));
        Assert.Equal(
            ["column metricity.coverage.ended_at", "column metricity.coverage.reason"],
            before.Except(now).Where(OutsideOfTheHistory).Select(UpToType));
    }

    [Fact]
    public async Task It_is_carried_over_in_place_with_its_rows_and_ends_equal_to_a_fresh_one()
    {
        await using var database = await EarlierBuildAsync();
        await using var fresh = await TestDatabase.CreateAsync();
        var rows = await RowsAsync(database);
        var history = await HistoryIdAsync(database);
        var said = new List<string>();

        var applied = await new SchemaMigrator(database.ConnectionString, ["public"], said.Add).UpAsync(null, default);

        Assert.Equal(0, applied);
        Assert.Equal(
            [
                "schema \"metricity\": carried over the history of an earlier build",
                "schema \"public\": carried over the history of an earlier build",
            ],
            said);
        Assert.Equal(await DescribeAsync(fresh), await DescribeAsync(database));
        Assert.Equal(rows, await RowsAsync(database));
        Assert.Equal(history, await HistoryIdAsync(database));
        Assert.Equal("live|healed|live|gap", await database.ScalarAsync<string>("select string_agg(status, '|' order by id) from coverage"));
    }

    [Fact]
    public async Task Script_carries_it_over_too_and_may_be_run_again()
    {
        await using var database = await EarlierBuildAsync();
        await using var fresh = await TestDatabase.CreateAsync();
        var rows = await RowsAsync(database);
        var script = Catalog.Migrator(database, "public").Script();

        await database.PsqlAsync(script);
        await database.PsqlAsync(script);

        Assert.Equal(await DescribeAsync(fresh), await DescribeAsync(database));
        Assert.Equal(rows, await RowsAsync(database));
        Assert.Equal(0, await Catalog.Migrator(database, "public").UpAsync(null, default));
    }

    [Fact]
    public async Task Status_of_it_has_nothing_pending_and_changes_nothing()
    {
        await using var database = await EarlierBuildAsync();
        var before = await DescribeAsync(database);

        var states = await Catalog.Migrator(database, "public").GetStatusAsync(default);

        SchemaVersion.Require(states);
        Assert.Equal([SchemaVersion.State, SchemaVersion.Guild], states.Select(state => state.Applied));
        Assert.Equal(before, await DescribeAsync(database));
    }

    [Fact]
    public async Task Down_to_nothing_removes_it()
    {
        await using var database = await EarlierBuildAsync();

        await Catalog.Migrator(database, "public").DownAsync("0", default);

        Assert.Empty(await DescribeAsync(database));
    }

    [Theory]
    [InlineData("delete from public.metricity_migrations where \"MigrationId\" like '%insights_people'")]
    [InlineData("insert into public.metricity_migrations values ('20270101000000_unknown', '10.0.0')")]
    public async Task Any_other_history_of_it_is_refused_with_the_way_out_and_nothing_is_changed(string change)
    {
        await using var database = await EarlierBuildAsync();
        await database.ExecuteAsync(change);
        var before = await DescribeAsync(database);
        var migrator = Catalog.Migrator(database, "public");

        foreach (var error in new[]
        {
            await Assert.ThrowsAsync<SchemaException>(() => migrator.GetStatusAsync(default)),
            await Assert.ThrowsAsync<SchemaException>(() => migrator.UpAsync(null, default)),
            await Assert.ThrowsAsync<SchemaException>(() => migrator.DownAsync("0", default)),
        })
        {
            Assert.Equal(Refusal, error.Message);
        }

        // Each schema has a transaction of its own: that of the program's state, before the refused one, is complete and was carried over.
        var script = await Assert.ThrowsAsync<InvalidOperationException>(() => database.PsqlAsync(migrator.Script()));
        Assert.Contains(Refusal, script.Message, StringComparison.Ordinal);
        Assert.Equal(InGuild(before), InGuild(await DescribeAsync(database)));
    }

    /// <summary>
    /// Restoring a dump respells `x in ('a', 'b')` on varchar with more casts, and PostgreSQL 13 needs a few casts to numeric that the
    /// earlier build lacked; without casts both are the same.
    /// </summary>
    private static async Task<TestDatabase> EarlierBuildAsync()
    {
        await using (var any = await TestDatabase.CreateEmptyAsync())
        {
            var version = int.Parse((await any.ScalarAsync<string>("show server_version_num"))!, CultureInfo.InvariantCulture);
            Assert.SkipWhen(version < 140_000, "The earlier build could not make its views on PostgreSQL 13: no such database is there");
        }

        return await TestDatabase.CreateEarlierAsync();
    }

    private static async Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database)
    {
        return (await Catalog.DescribeAsync(database, Schemas))
            .Select(line => line.Replace("::character varying", "", StringComparison.Ordinal).Replace("::text[]", "", StringComparison.Ordinal)
                .Replace("::text", "", StringComparison.Ordinal).Replace("::numeric", "", StringComparison.Ordinal).Replace("(", "", StringComparison.Ordinal)
                .Replace(")", "", StringComparison.Ordinal))
            .ToArray();
    }

    private static IEnumerable<string> InGuild(IEnumerable<string> lines)
    {
        return lines.Where(line => !line.Contains("metricity.", StringComparison.Ordinal));
    }

    private static bool OutsideOfTheHistory(string line)
    {
        return !line.Contains("metricity_migrations", StringComparison.Ordinal) || line.StartsWith("view ", StringComparison.Ordinal);
    }

    private static string UpToType(string line)
    {
        return string.Join(' ', line.Split(' ')[..2]);
    }

    private static Task<long> HistoryIdAsync(TestDatabase database)
    {
        return database.ScalarAsync<long>("select 'public.metricity_migrations'::regclass::oid::bigint");
    }

    /// <summary>A checksum of each table's rows, the history left out.</summary>
    private static async Task<IReadOnlyList<string>> RowsAsync(TestDatabase database)
    {
        var sums = new List<string>();
        foreach (var table in await database.ListAsync<string>(
            """
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname in ('public', 'metricity') and c.relname <> 'metricity_migrations'
            order by 1
            """))
        {
            sums.Add($"{table} " + await database.ScalarAsync<string>(
                $"select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by ctid)), '') from {table} t"));
        }

        return sums;
    }
}
