using System.Net;
using System.Net.Sockets;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Schema;

/// <summary>What tests rely on in a server of their own, whichever of the hosts that are there it runs on.</summary>
public sealed class PostgresClusterTests(PostgresClusterTests.Servers servers) : IClassFixture<PostgresClusterTests.Servers>
{
    public static TheoryData<PostgresHostKind> Hosts => [.. PostgresHosts.FindAsync().GetAwaiter().GetResult()];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Server_comes_back_on_its_port_with_committed_rows_after_each_kind_of_stop(PostgresHostKind kind)
    {
        var cluster = await servers.OfAsync(kind);
        await using var database = await TestDatabase.CreateAsync(cluster);
        var port = cluster.Port;
        var rows = 0;

        foreach (var stop in new Func<Task>[]
        {
            () => cluster.StopAsync(PostgresStop.Fast), () => cluster.StopAsync(PostgresStop.Immediate), cluster.KillAsync,
        })
        {
            await database.ExecuteAsync($"insert into categories (id, name) values ('{rows}', 'category')");
            rows++;
            await stop();
            Assert.False(cluster.IsRunning);
            Assert.False(await ListensAsync(port));
            await cluster.StartAsync();
            database.DataSource.Clear();

            Assert.True(cluster.IsRunning);
            Assert.Equal(port, cluster.Port);
            Assert.Equal(rows, await database.CountAsync("categories"));
        }
    }

    /// <summary>Many, each right before the kill: with synchronous_commit off the last ones are still in the server's memory.</summary>
    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Commits_that_were_confirmed_survive_a_kill(PostgresHostKind kind)
    {
        var cluster = await servers.OfAsync(kind);
        await using var database = await TestDatabase.CreateEmptyAsync(cluster);
        await database.ExecuteAsync("create table confirmed (id int)");
        const int Commits = 200;
        for (var id = 0; id < Commits; id++)
        {
            await database.ExecuteAsync($"insert into confirmed values ({id})");
        }

        await cluster.KillAsync();
        await cluster.StartAsync();
        database.DataSource.Clear();

        Assert.Equal(Commits, await database.CountAsync("confirmed"));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Server_has_the_same_settings_on_every_host(PostgresHostKind kind)
    {
        var cluster = await servers.OfAsync(kind);
        await using var database = await TestDatabase.CreateEmptyAsync(cluster);

        var settings = await database.ListAsync<string>(
            """
            select name || '=' || setting from pg_settings
            where name in ('fsync', 'full_page_writes', 'max_connections', 'password_encryption', 'server_encoding', 'synchronous_commit')
            union all select 'collation=' || datcollate from pg_database where datname = current_database()
            union all select 'superuser=' || rolname || ', ' || coalesce(rolpassword, 'no password') from pg_authid
            where rolsuper and rolcanlogin
            order by 1
            """);

        Assert.Equal(
            [
                "collation=C.UTF-8", "fsync=off", "full_page_writes=off", "max_connections=200", "password_encryption=scram-sha-256",
                "server_encoding=UTF8", "superuser=postgres, no password", "synchronous_commit=on",
            ],
            settings);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Password_role_gets_in_with_its_password_alone_also_after_a_restart(PostgresHostKind kind)
    {
        var cluster = await servers.OfAsync(kind);
        await cluster.CreatePasswordRoleAsync("it's right");

        for (var start = 0; start < 2; start++)
        {
            await TryAsync("it's right");
            var wrong = await Assert.ThrowsAsync<PostgresException>(() => TryAsync("wrong"));
            Assert.Equal(PostgresErrorCodes.InvalidPassword, wrong.SqlState);
            await Assert.ThrowsAsync<NpgsqlException>(() => TryAsync(null)); // the driver has nothing to answer the server with
            await cluster.RestartAsync();
        }

        async Task TryAsync(string? password)
        {
            var given = cluster.For("postgres", PostgresCluster.PasswordRole, password);
            var target = new NpgsqlConnectionStringBuilder(given) { Pooling = false };
            await using var connection = new NpgsqlConnection(target.ConnectionString);
            await connection.OpenAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Databases_of_two_tests_do_not_share_rows(PostgresHostKind kind)
    {
        var cluster = await servers.OfAsync(kind);
        await using var first = await TestDatabase.CreateAsync(cluster);
        await using var second = await TestDatabase.CreateAsync(cluster);

        await first.ExecuteAsync("insert into categories (id, name) values ('1', 'only here')");

        Assert.Equal(1, await first.CountAsync("categories"));
        Assert.Equal(0, await second.CountAsync("categories"));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Two_servers_do_not_share_databases(PostgresHostKind kind)
    {
        var first = await servers.OfAsync(kind);
        await using var second = await PostgresCluster.StartNewAsync(kind);
        await using var database = await TestDatabase.CreateEmptyAsync(first);

        Assert.NotEqual(first.Port, second.Port);
        await using var elsewhere = new NpgsqlConnection(second.For(database.Name));
        var missing = await Assert.ThrowsAsync<PostgresException>(() => elsewhere.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, missing.SqlState);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Port_that_somebody_took_in_between_is_left_for_another(PostgresHostKind kind)
    {
        using var somebody = new TcpListener(IPAddress.Loopback, PostgresCluster.FreePort());
        somebody.Start();
        var taken = ((IPEndPoint)somebody.LocalEndpoint).Port;
        var ports = new Queue<int>([taken, PostgresCluster.FreePort()]);

        await using var cluster = await PostgresCluster.StartNewAsync(kind, durable: false, ports.Dequeue);

        Assert.Empty(ports);
        Assert.NotEqual(taken, cluster.Port);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Nothing_is_left_when_it_is_disposed_of_running_or_stopped(PostgresHostKind kind)
    {
        foreach (var isRunning in new[] { true, false })
        {
            var cluster = await PostgresCluster.StartNewAsync(kind);
            using var trace = await PostgresTrace.OfAsync(kind, cluster.Host.Name);
            Assert.True((await trace.LeftAsync()).Count >= 2, "the server leaves no trace while it runs");
            if (!isRunning)
            {
                await cluster.StopAsync();
            }

            await cluster.DisposeAsync();

            Assert.Empty(await trace.LeftAsync());
            Assert.False(await ListensAsync(cluster.Port));
        }
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>One of each kind for the tests of this class, which run one after the other.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        private readonly Dictionary<PostgresHostKind, PostgresCluster> _clusters = [];

        public async Task<PostgresCluster> OfAsync(PostgresHostKind kind)
        {
            if (!_clusters.TryGetValue(kind, out var cluster))
            {
                _clusters[kind] = cluster = await PostgresCluster.StartNewAsync(kind);
            }

            return cluster;
        }

        public ValueTask InitializeAsync()
        {
            return ValueTask.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var cluster in _clusters.Values)
            {
                await cluster.DisposeAsync();
            }
        }
    }
}
