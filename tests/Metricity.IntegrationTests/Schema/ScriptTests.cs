using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

public sealed class ScriptTests
{
    private static readonly string[] Guilds = ["public", "with\"quote and it's", "ünïcode 🐍"];

    [Fact]
    public async Task Script_runs_through_psql_twice_and_ends_like_up()
    {
        await using var scripted = await TestDatabase.CreateEmptyAsync();
        await using var migrated = await TestDatabase.CreateEmptyAsync();
        var script = Catalog.Migrator(scripted, Guilds).Script();
        await Catalog.Migrator(migrated, Guilds).UpAsync(null, default);

        await scripted.PsqlAsync(script);
        await scripted.PsqlAsync(script);

        foreach (var schema in Guilds.Append("metricity"))
        {
            Assert.Equal(await Catalog.DescribeAsync(migrated, schema), await Catalog.DescribeAsync(scripted, schema));
        }

        Assert.All(await Catalog.Migrator(scripted, Guilds).GetStatusAsync(default), state => Assert.Empty(state.Pending));
        Assert.Equal(0, await Catalog.Migrator(scripted, Guilds).UpAsync(null, default));
    }

    [Fact]
    public async Task Script_adopts_the_original_database()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        var before = await Catalog.ChecksumsAsync(database);

        await database.PsqlAsync(Catalog.Migrator(database, "public").Script());

        Assert.Equal(before, await Catalog.ChecksumsAsync(database));
        Assert.Equal(300, await database.CountAsync("member_events"));
    }

    [Fact]
    public async Task Script_stops_at_a_refused_schema_and_leaves_it_alone()
    {
        await using var database = await TestDatabase.CreateOriginalAsync();
        await database.ExecuteAsync("alter table users drop column pending");
        var before = await Catalog.DescribeAsync(database);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => database.PsqlAsync(Catalog.Migrator(database, "public").Script()));

        Assert.Contains("column users.pending is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await Catalog.DescribeAsync(database));
    }

    [Fact]
    public void Script_is_the_same_text_each_time_and_needs_no_server()
    {
        var migrator = new SchemaMigrator("Host=127.0.0.1;Port=1;Username=nobody", ["public"], _ => { });

        Assert.Equal(migrator.Script(), migrator.Script());
        Assert.DoesNotContain('\r', migrator.Script());
    }
}
