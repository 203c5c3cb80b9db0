using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

public sealed class StatusTests
{
    private const string Newer = "29991231235959_from_the_future";

    [Fact]
    public async Task Database_without_our_schemas_has_everything_pending_and_stays_untouched()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var states = await Catalog.Migrator(database, "public", "second").GetStatusAsync(default);

        Assert.Equal(["metricity", "public", "second"], states.Select(state => state.Schema));
        Assert.Equal([SchemaVersion.State, SchemaVersion.Guild, SchemaVersion.Guild], states.Select(state => state.Pending));
        Assert.All(states, state => Assert.Empty(state.Applied));
        Assert.All(states, state => Assert.Empty(state.Unknown));
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
    }

    [Fact]
    public async Task Migrated_database_has_everything_applied()
    {
        await using var database = await TestDatabase.CreateAsync();

        var states = await Catalog.Migrator(database, "public").GetStatusAsync(default);

        Assert.Equal([SchemaVersion.State, SchemaVersion.Guild], states.Select(state => state.Applied));
        Assert.All(states, state => Assert.Empty(state.Pending));
        Assert.All(states, state => Assert.Empty(state.Unknown));
    }

    [Fact]
    public async Task Migration_of_a_newer_version_is_unknown_in_the_status_and_refused_by_up_and_down()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into metricity_migrations (version, description) values (29991231235959, 'from_the_future')");
        var migrator = Catalog.Migrator(database, "public");

        var state = (await migrator.GetStatusAsync(default))[1];
        var up = await Assert.ThrowsAsync<SchemaException>(() => migrator.UpAsync(null, default));
        var down = await Assert.ThrowsAsync<SchemaException>(() => migrator.DownAsync("0", default));

        Assert.Equal([Newer], state.Unknown);
        Assert.Equal(SchemaVersion.Guild, state.Applied);
        var expected = $"schema \"public\" was changed by a newer version of Metricity ({Newer}): use that version";
        Assert.Equal(expected, up.Message);
        Assert.Equal(expected, down.Message);
        Assert.Equal(0, await database.CountAsync("messages"));
    }

    [Fact]
    public async Task Missing_database_is_named_with_the_command_that_creates_it()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var target = database.ConnectionString.Replace(database.Name, "no_such_database", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<SchemaException>(
            () => new SchemaMigrator(target, ["public"], _ => { }).GetStatusAsync(default));

        Assert.StartsWith("database \"no_such_database\" does not exist on ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(": `metricity --migrate` creates it", error.Message, StringComparison.Ordinal);
    }
}
