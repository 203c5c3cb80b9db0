namespace Metricity.Testing;

/// <summary>Where a server of the tests' own can run. CONTRIBUTING.md, "Where tests find PostgreSQL", has the rules for people.</summary>
public static class PostgresHosts
{
    /// <summary><c>docker</c> or <c>binaries</c>: that one or none, so that nothing falls back unseen.</summary>
    public const string Variable = "METRICITY_TEST_POSTGRES";

    private static readonly Lazy<Task<IReadOnlyList<PostgresHostKind>>> Found = new(
        () => FindAsync(Environment.GetEnvironmentVariable, PostgresBinaries.Find, DockerEngine.FindAsync));

    /// <summary>Those that can be used here, the preferred one first; never none.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message names the ways to get one.</exception>
    public static Task<IReadOnlyList<PostgresHostKind>> FindAsync()
    {
        return Found.Value;
    }

    /// <param name="environment">Gives a variable of the environment.</param>
    /// <param name="findBinaries">Gives the directory of the installed server, or null.</param>
    /// <param name="findEngine">Gives the endpoint of a Docker engine that answers, or null.</param>
    internal static async Task<IReadOnlyList<PostgresHostKind>> FindAsync(
        Func<string, string?> environment,
        Func<Func<string, string?>, string?> findBinaries,
        Func<Func<string, string?>, Task<Uri?>> findEngine)
    {
        var (wanted, because) = Wanted(environment);
        List<PostgresHostKind> found = [];
        if (wanted is null or PostgresHostKind.Docker && await findEngine(environment) is not null)
        {
            found.Add(PostgresHostKind.Docker);
        }

        if (wanted is null or PostgresHostKind.Binaries && findBinaries(environment) is not null)
        {
            found.Add(PostgresHostKind.Binaries);
        }

        if (found.Count > 0)
        {
            return found;
        }

        var missing = wanted switch
        {
            PostgresHostKind.Docker => $"{because}, but no Docker engine answers on this machine",
            PostgresHostKind.Binaries => $"{because}, but no PostgreSQL server is installed",
            _ => "No Docker engine answers on this machine, and no PostgreSQL server is installed",
        };
        throw new InvalidOperationException(
            $"{missing}: start an engine ({DockerEngine.HostVariable} tells where, if not at {DockerEngine.DefaultSocket}) and set {Variable} "
            + $"to docker, install the server (Debian and Ubuntu: apt-get install postgresql) and set {Variable} to binaries, or set "
            + $"{TestServer.Variable} to the connection string of a server where databases may be created.");
    }

    /// <summary>Who names an image or a directory wants that one to be used.</summary>
    private static (PostgresHostKind? Kind, string Because) Wanted(Func<string, string?> environment)
    {
        var choice = environment(Variable);
        if (!string.IsNullOrEmpty(choice))
        {
            var kind = choice switch
            {
                "docker" => PostgresHostKind.Docker,
                "binaries" => PostgresHostKind.Binaries,
                _ => throw new InvalidOperationException($"{Variable} is \"{choice}\": set it to docker or binaries."),
            };
            return (kind, $"{Variable} is {choice}");
        }

        if (!string.IsNullOrEmpty(environment(PostgresBinaries.Variable)))
        {
            return (PostgresHostKind.Binaries, $"{PostgresBinaries.Variable} is set");
        }

        return string.IsNullOrEmpty(environment(PostgresContainer.ImageVariable))
            ? (null, "")
            : (PostgresHostKind.Docker, $"{PostgresContainer.ImageVariable} is set");
    }
}
