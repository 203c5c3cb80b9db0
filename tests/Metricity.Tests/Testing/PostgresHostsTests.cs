using Metricity.Testing;

namespace Metricity.Tests.Testing;

/// <summary>Which server the tests of this repository get, by what is there and what is asked for.</summary>
public sealed class PostgresHostsTests : IDisposable
{
    private const string Ways =
        ": start an engine (DOCKER_HOST tells where, if not at /var/run/docker.sock) and set METRICITY_TEST_POSTGRES to docker, "
        + "install the server (Debian and Ubuntu: apt-get install postgresql) and set METRICITY_TEST_POSTGRES to binaries, or set "
        + "METRICITY_TEST_DATABASE to the connection string of a server where databases may be created.";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metricity-bin");
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose()
    {
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(true, true, new[] { PostgresHostKind.Docker, PostgresHostKind.Binaries })]
    [InlineData(true, false, new[] { PostgresHostKind.Docker })]
    [InlineData(false, true, new[] { PostgresHostKind.Binaries })]
    public async Task Container_is_preferred_and_binaries_take_its_place(bool hasEngine, bool hasBinaries, PostgresHostKind[] expected)
    {
        Assert.Equal(expected, await FindAsync(hasEngine, hasBinaries));
    }

    [Theory]
    [InlineData("METRICITY_TEST_POSTGRES", "docker", PostgresHostKind.Docker)]
    [InlineData("METRICITY_TEST_POSTGRES", "binaries", PostgresHostKind.Binaries)]
    [InlineData("METRICITY_TEST_POSTGRES_BIN", "/opt/postgres/bin", PostgresHostKind.Binaries)]
    [InlineData("METRICITY_TEST_IMAGE", "postgres:13", PostgresHostKind.Docker)]
    public async Task Wanted_host_is_the_only_one(string variable, string value, PostgresHostKind expected)
    {
        _environment[variable] = value;

        Assert.Equal([expected], await FindAsync(hasEngine: true, hasBinaries: true));
    }

    [Theory]
    [InlineData("METRICITY_TEST_POSTGRES", "docker", "METRICITY_TEST_POSTGRES is docker, but no Docker engine answers on this machine")]
    [InlineData("METRICITY_TEST_IMAGE", "postgres:13", "METRICITY_TEST_IMAGE is set, but no Docker engine answers on this machine")]
    [InlineData("METRICITY_TEST_POSTGRES", "binaries", "METRICITY_TEST_POSTGRES is binaries, but no PostgreSQL server is installed")]
    public async Task Wanted_host_that_is_not_there_is_said_and_the_other_is_not_taken(string variable, string value, string missing)
    {
        _environment[variable] = value;
        var other = missing.Contains("Docker", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => FindAsync(hasEngine: !other, hasBinaries: other));

        Assert.Equal(missing + Ways, error.Message);
    }

    /// <summary>With the code that looks for an engine, on a socket that is not there.</summary>
    [Fact]
    public async Task Docker_without_an_engine_is_said_by_the_real_look()
    {
        _environment["METRICITY_TEST_POSTGRES"] = "docker";
        _environment["DOCKER_HOST"] = $"unix://{_directory.FullName}/docker.sock";

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresHosts.FindAsync(
            _environment.GetValueOrDefault, PostgresBinaries.Find, DockerEngine.FindAsync));

        Assert.Equal("METRICITY_TEST_POSTGRES is docker, but no Docker engine answers on this machine" + Ways, error.Message);
    }

    [Fact]
    public async Task Nothing_there_is_said_with_all_three_ways()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => FindAsync(hasEngine: false, hasBinaries: false));

        Assert.Equal("No Docker engine answers on this machine, and no PostgreSQL server is installed" + Ways, error.Message);
    }

    [Fact]
    public async Task Unknown_host_is_said()
    {
        _environment["METRICITY_TEST_POSTGRES"] = "podman";

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => FindAsync(hasEngine: true, hasBinaries: true));

        Assert.Equal("METRICITY_TEST_POSTGRES is \"podman\": set it to docker or binaries.", error.Message);
    }

    [Fact]
    public async Task Engine_is_not_asked_where_binaries_are_wanted()
    {
        _environment["METRICITY_TEST_POSTGRES"] = "binaries";

        var found = await PostgresHosts.FindAsync(
            _environment.GetValueOrDefault, _ => "/usr/bin", _ => throw new InvalidOperationException("it was asked"));

        Assert.Equal([PostgresHostKind.Binaries], found);
    }

    [Fact]
    public void Named_directory_of_binaries_is_the_one_that_is_used()
    {
        _environment["METRICITY_TEST_POSTGRES_BIN"] = _directory.FullName;
        File.WriteAllText(Path.Combine(_directory.FullName, "initdb"), "");

        var error = Assert.Throws<InvalidOperationException>(() => PostgresBinaries.Find(_environment.GetValueOrDefault));
        File.WriteAllText(Path.Combine(_directory.FullName, "postgres"), "");

        Assert.Equal($"METRICITY_TEST_POSTGRES_BIN is {_directory.FullName}: initdb and postgres are not there.", error.Message);
        Assert.Equal(_directory.FullName, PostgresBinaries.Find(_environment.GetValueOrDefault));
    }

    [Fact]
    public void Image_is_the_one_of_the_compose_file_unless_another_is_named()
    {
        var image = PostgresContainer.Image(_environment.GetValueOrDefault);

        Assert.StartsWith("postgres:", image, StringComparison.Ordinal);
        Assert.Contains(image, Repository.Read("docker-compose.yml"), StringComparison.Ordinal);
        _environment["METRICITY_TEST_IMAGE"] = "postgres:13";
        Assert.Equal("postgres:13", PostgresContainer.Image(_environment.GetValueOrDefault));
    }

    private Task<IReadOnlyList<PostgresHostKind>> FindAsync(bool hasEngine, bool hasBinaries)
    {
        return PostgresHosts.FindAsync(
            _environment.GetValueOrDefault,
            _ => hasBinaries ? "/usr/bin" : null,
            _ => Task.FromResult(hasEngine ? new Uri("unix:///var/run/docker.sock") : null));
    }
}
