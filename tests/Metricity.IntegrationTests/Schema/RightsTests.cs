using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Schema;

/// <summary>Databases that a role without all rights meets, on a server of their own because roles belong to a whole server.</summary>
public sealed class RightsTests(RightsTests.Server server) : IClassFixture<RightsTests.Server>
{
    private const string Password = "right-Password-1";

    private readonly PostgresCluster _cluster = server.Cluster;

    [Fact]
    public async Task Missing_database_is_created_once_also_by_starters_at_the_same_time()
    {
        var said = new List<string>();
        var target = _cluster.For("new \"quoted\" database");

        var created = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => new SchemaMigrator(target, ["public"], sentence =>
            {
                lock (said)
                {
                    said.Add(sentence);
                }
            }).CreateDatabaseIfMissingAsync(default))));

        Assert.Single(created, true);
        Assert.Equal(["created database \"new \"\"quoted\"\" database\""], said);
        Assert.False(await new SchemaMigrator(target, ["public"], _ => { }).CreateDatabaseIfMissingAsync(default));
        Assert.True(await new SchemaMigrator(target, ["public"], _ => { }).UpAsync(null, default) > 0);
    }

    [Fact]
    public async Task Database_is_created_through_template1_where_postgres_is_missing()
    {
        await using var connection = new NpgsqlConnection(_cluster.For("template1"));
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand("drop database postgres with (force)", connection);
        await using var restore = new NpgsqlCommand("create database postgres template template0", connection);

        await drop.ExecuteNonQueryAsync();
        var created = await new SchemaMigrator(_cluster.For("first"), ["public"], _ => { }).CreateDatabaseIfMissingAsync(default);
        await restore.ExecuteNonQueryAsync();

        Assert.True(created);
    }

    [Fact]
    public async Task Role_that_may_not_create_databases_is_told_what_to_run()
    {
        var target = _cluster.For("not_there", PostgresCluster.PasswordRole, Password);

        var error = await Assert.ThrowsAsync<SchemaException>(
            () => new SchemaMigrator(target, ["public"], _ => { }).CreateDatabaseIfMissingAsync(default));

        Assert.Equal(
            "database \"not_there\" does not exist and role \"secured_user\" may not create it: "
            + "let an administrator run `create database \"not_there\" owner \"secured_user\"`",
            error.Message);
    }

    [Fact]
    public async Task Role_without_rights_on_the_database_is_told_what_to_run()
    {
        await using var database = await EmptyAsync();

        var error = await RefusedAsync(database);

        Assert.Equal(
            $"role \"secured_user\" may not create schema \"metricity\" in database \"{database.Name}\": "
            + $"let an administrator run `grant create on database \"{database.Name}\" to \"secured_user\"`",
            error.Message);
    }

    [Fact]
    public async Task Role_without_rights_on_the_guild_schema_is_told_what_to_run_and_nothing_is_made()
    {
        await using var database = await EmptyAsync();
        await database.ExecuteAsync(
            $"grant create on database {database.Name} to secured_user; revoke create on schema public from public");

        var error = await RefusedAsync(database);

        Assert.Equal(
            $"role \"secured_user\" may not create tables in schema \"public\" of database \"{database.Name}\": "
            + "let an administrator run `grant usage, create on schema \"public\" to \"secured_user\"`",
            error.Message);
        Assert.False(await Catalog.SchemaExistsAsync(database, "metricity"));
    }

    [Fact]
    public async Task Original_tables_of_another_role_are_refused_by_name()
    {
        await using var database = await EmptyAsync();
        await database.ExecuteAsync(
            $"""
            grant create on database {database.Name} to secured_user;
            grant usage, create on schema public to secured_user;
            create table users (id varchar primary key);
            """);

        var error = await RefusedAsync(database);

        Assert.Contains(
            "table users belongs to role postgres and role secured_user may not change it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Role_with_the_named_rights_and_a_password_migrates_up_and_down()
    {
        await using var database = await EmptyAsync();
        await database.ExecuteAsync(
            $"""
            grant create on database {database.Name} to secured_user;
            grant usage, create on schema public to secured_user;
            """);
        var migrator = new SchemaMigrator(ForRole(database), ["public", "second"], _ => { });

        Assert.True(await migrator.UpAsync(null, default) > 0);
        Assert.Equal(0, await migrator.UpAsync(null, default));
        Assert.True(await migrator.DownAsync("0", default) > 0);
    }

    [Fact]
    public async Task Wrong_password_is_a_sentence_without_the_password()
    {
        var target = _cluster.For("postgres", PostgresCluster.PasswordRole, "wrong-Password-2");

        var error = await Assert.ThrowsAsync<SchemaException>(
            () => new SchemaMigrator(target, ["public"], _ => { }).UpAsync(null, default));

        Assert.Equal(
            $"PostgreSQL on 127.0.0.1:{_cluster.Port} refuses the password of user \"secured_user\": correct ConnectionStrings:Metricity",
            error.Message);
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_a_sentence_with_its_address()
    {
        var migrator = new SchemaMigrator("Host=127.0.0.1;Port=1;Username=somebody;Database=metricity", ["public"], _ => { });

        foreach (var call in new Func<Task>[]
        {
            () => migrator.CreateDatabaseIfMissingAsync(default), () => migrator.UpAsync(null, default),
            () => migrator.DownAsync("0", default), () => migrator.GetStatusAsync(default),
        })
        {
            var error = await Assert.ThrowsAsync<SchemaException>(call);

            Assert.Equal(
                "PostgreSQL cannot be reached on 127.0.0.1:1: start it, or correct host and port in ConnectionStrings:Metricity",
                error.Message);
        }
    }

    [Fact]
    public async Task Server_without_encryption_is_not_called_unreachable_when_encryption_is_required()
    {
        var migrator = new SchemaMigrator(_cluster.ConnectionString + ";SSL Mode=Require", ["public"], _ => { });

        var error = await Assert.ThrowsAsync<SchemaException>(() => migrator.GetStatusAsync(default));

        Assert.Contains("do not agree on encryption", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Database=metricity", "Host")]
    [InlineData("Host=127.0.0.1;Username=somebody", "Database")]
    public async Task Connection_string_without_a_needed_part_names_it(string connectionString, string missing)
    {
        var error = await Assert.ThrowsAsync<SchemaException>(
            () => new SchemaMigrator(connectionString, ["public"], _ => { }).UpAsync(null, default));

        Assert.Equal($"ConnectionStrings:Metricity has no {missing}: add it", error.Message);
    }

    private async Task<TestDatabase> EmptyAsync()
    {
        return await TestDatabase.CreateEmptyAsync(_cluster);
    }

    private string ForRole(TestDatabase database)
    {
        return _cluster.For(database.Name, PostgresCluster.PasswordRole, Password);
    }

    private async Task<SchemaException> RefusedAsync(TestDatabase database)
    {
        return await Assert.ThrowsAsync<SchemaException>(
            () => new SchemaMigrator(ForRole(database), ["public"], _ => { }).UpAsync(null, default));
    }

    /// <summary>One server for the class; its tests run one after the other.</summary>
    public sealed class Server : IAsyncLifetime
    {
        public PostgresCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Cluster = await PostgresCluster.StartNewAsync();
            await Cluster.CreatePasswordRoleAsync(Password);
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
        }
    }
}
