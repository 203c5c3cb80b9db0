using System.Net;
using Docker.DotNet;
using DotNet.Testcontainers.Configurations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>What there is of a server of the tests on this machine: files and processes, or a container and its volumes.</summary>
internal sealed class PostgresTrace : IDisposable
{
    private readonly List<(string What, Func<Task<bool>> IsThere)> _parts = [];
    private readonly DockerClient? _docker;

    /// <param name="name">Of the host: a directory or a container.</param>
    private PostgresTrace(PostgresHostKind kind, string name)
    {
        if (kind == PostgresHostKind.Docker)
        {
            _docker = TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder().Build();
            _parts.Add(($"container {name}", () => IsKnownAsync(() => _docker.Containers.InspectContainerAsync(name))));
        }
        else
        {
            _parts.Add((name, () => Task.FromResult(Directory.Exists(name))));
            _parts.Add(($"a process that works in {name}", () => Task.FromResult(CommandLines().Any(line => line.Contains(name)))));
        }
    }

    public static async Task<PostgresTrace> OfAsync(PostgresHostKind kind, string name)
    {
        var trace = new PostgresTrace(kind, name);
        if (trace._docker is { } docker)
        {
            var container = await docker.Containers.InspectContainerAsync(name);
            trace._parts.AddRange(container.Mounts!.Select(mount => mount.Name!).Select(volume =>
                ($"volume {volume}", (Func<Task<bool>>)(() => IsKnownAsync(() => docker.Volumes.InspectAsync(volume))))));
        }

        return trace;
    }

    /// <returns>All of it, when it is running.</returns>
    public async Task<IReadOnlyList<string>> LeftAsync()
    {
        List<string> left = [];
        foreach (var (what, isThere) in _parts)
        {
            if (await isThere())
            {
                left.Add(what);
            }
        }

        return left;
    }

    public void Dispose()
    {
        _docker?.Dispose();
    }

    private static async Task<bool> IsKnownAsync(Func<Task> inspect)
    {
        try
        {
            await inspect();
            return true;
        }
        catch (DockerApiException error) when (error.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private static IEnumerable<string> CommandLines()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsDigit(Path.GetFileName(path)[0])))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(directory, "cmdline"));
            }
            catch (IOException)
            {
                continue; // it has just ended
            }

            yield return line;
        }
    }
}
