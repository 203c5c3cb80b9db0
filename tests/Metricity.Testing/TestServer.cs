using Metricity.Migrations;
using Npgsql;

namespace Metricity.Testing;

/// <summary>
/// The server that the tests of this process share, with a migrated template database. Started when the first test asks for it:
/// a private cluster, or the server of METRICITY_TEST_DATABASE, whose role must be allowed to create databases.
/// </summary>
internal sealed class TestServer
{
    private static readonly Lazy<Task<TestServer>> Instance = new(StartAsync);

    // Held, because a collected cluster closes the pipe that keeps its server alive.
    private readonly PostgresCluster? _cluster;

    private TestServer(PostgresCluster? cluster, string connectionString, string template)
    {
        _cluster = cluster;
        ConnectionString = connectionString;
        Template = template;
    }

    /// <summary>Connects to a database that is always there.</summary>
    public string ConnectionString { get; }

    /// <summary>Database with <c>metricity</c> and the guild schema <c>public</c>, without rows. Nobody is connected to it.</summary>
    public string Template { get; }

    public static Task<TestServer> SharedAsync()
    {
        return Instance.Value;
    }

    public static async Task RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 60 }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<TestServer> StartAsync()
    {
        var given = Environment.GetEnvironmentVariable("METRICITY_TEST_DATABASE");
        var cluster = string.IsNullOrEmpty(given) ? await PostgresCluster.StartNewAsync() : null;
        var connectionString = cluster?.ConnectionString ?? given!;
        var template = $"metricity_template_{Guid.NewGuid():N}";
        await RunAsync(connectionString, $"create database {template} template template0 encoding 'UTF8'");

        // A private cluster goes as a whole when the process ends; a given server must be left as it was.
        if (cluster is null)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) =>
                RunAsync(connectionString, $"drop database if exists {template}").GetAwaiter().GetResult();
        }

        var target = new NpgsqlConnectionStringBuilder(connectionString) { Database = template }.ConnectionString;
        await new SchemaMigrator(target, ["public"], _ => { }).UpAsync(null, CancellationToken.None);
        return new TestServer(cluster, connectionString, template);
    }
}
