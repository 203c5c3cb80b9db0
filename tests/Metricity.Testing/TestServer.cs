using Metricity.Migrations;
using Npgsql;

namespace Metricity.Testing;

/// <summary>
/// The server that the tests of this process share, with a migrated template database. Started when the first test asks for it:
/// the server of METRICITY_TEST_DATABASE, whose role must be allowed to create databases, or else a private cluster.
/// </summary>
internal sealed class TestServer
{
    public const string Variable = "METRICITY_TEST_DATABASE";

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
        var given = Environment.GetEnvironmentVariable(Variable);
        var cluster = string.IsNullOrEmpty(given) ? await PostgresCluster.StartNewAsync() : null;
        var connectionString = cluster?.ConnectionString ?? given!;
        var template = $"metricity_template_{Guid.NewGuid():N}";
        await RunAsync(connectionString, $"create database {template} template template0 encoding 'UTF8'");

        // What else ends a private cluster with this process may take its time; a given server must be left as it was.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            var leaving = cluster?.DisposeAsync().AsTask() ?? RunAsync(connectionString, $"drop database if exists {template}");
            leaving.GetAwaiter().GetResult();
        };

        var target = new NpgsqlConnectionStringBuilder(connectionString) { Database = template }.ConnectionString;
        await new SchemaMigrator(target, ["public"], _ => { }).UpAsync(null, CancellationToken.None);
        return new TestServer(cluster, connectionString, template);
    }
}
