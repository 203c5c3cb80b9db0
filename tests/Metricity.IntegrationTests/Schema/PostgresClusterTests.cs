using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>The tests' own server does what the outage tests rely on.</summary>
public sealed class PostgresClusterTests
{
    [Fact]
    public async Task Server_comes_back_on_its_port_with_committed_rows_after_each_kind_of_stop()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
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
            await cluster.StartAsync();
            database.DataSource.Clear();

            Assert.Equal(port, cluster.Port);
            Assert.Equal(rows, await database.CountAsync("categories"));
        }
    }

    [Fact]
    public async Task Databases_of_two_tests_do_not_share_rows()
    {
        await using var first = await TestDatabase.CreateAsync();
        await using var second = await TestDatabase.CreateAsync();

        await first.ExecuteAsync("insert into categories (id, name) values ('1', 'only here')");

        Assert.Equal(1, await first.CountAsync("categories"));
        Assert.Equal(0, await second.CountAsync("categories"));
    }
}
