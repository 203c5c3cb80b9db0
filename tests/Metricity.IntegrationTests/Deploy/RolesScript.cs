using System.Diagnostics;
using System.Globalization;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Deploy;

/// <summary>deploy/postgres/roles.sql, run by psql as docker-compose.yml does.</summary>
internal static class RolesScript
{
    /// <summary>One file for each password that the script reads; with a quote, which it has to escape.</summary>
    public static async Task WriteSecretsAsync(string folder)
    {
        foreach (var name in new[] { "grafana_reader", "metabase_reader", "exporter", "metabase" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name + "_password"), $"pass'word of {name}");
        }
    }

    /// <returns>The exit code of psql.</returns>
    public static async Task<int> RunAsync(PostgresCluster cluster, string database, string secrets)
    {
        var start = new ProcessStartInfo(
            "psql", ["-X", "-d", database, "--file", Repository.PathOf("deploy/postgres/roles.sql")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var target = new NpgsqlConnectionStringBuilder(cluster.For(database));
        start.Environment["SECRETS"] = secrets;
        start.Environment["PGHOST"] = target.Host;
        start.Environment["PGPORT"] = target.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = target.Username;
        using var psql = System.Diagnostics.Process.Start(start)!;
        var output = psql.StandardOutput.ReadToEndAsync();
        await psql.StandardError.ReadToEndAsync();
        await output;
        await psql.WaitForExitAsync();

        return psql.ExitCode;
    }
}
