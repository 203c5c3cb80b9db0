using System.Text;
using System.Text.RegularExpressions;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.PostgreSql;

namespace Metricity.Testing;

/// <summary>
/// A server in a container. Testcontainers makes and removes it; its resource reaper removes it when this process was killed.
/// Testcontainers can stop a container in one way only, so signals go through its client.
/// </summary>
internal sealed partial class PostgresContainer : IPostgresHost
{
    /// <summary>Names the image. Without it: the one of docker-compose.yml.</summary>
    public const string ImageVariable = "METRICITY_TEST_IMAGE";

    private const ushort ServerPort = 5432;

    private static readonly Lazy<Task> EngineNamed = new(NameEngineAsync);

    private readonly PostgreSqlContainer _container;
    private readonly DockerClient _client;
    private readonly CancellationTokenSource _disposed = new();
    private Task? _ended;

    private PostgresContainer(PostgreSqlContainer container, DockerClient client)
    {
        _container = container;
        _client = client;
    }

    public string Name => _container.Id;

    /// <summary>The container's state is not asked for: Testcontainers reads it only when it starts or stops one itself.</summary>
    public bool IsRunning => _ended is { IsCompleted: false };

    /// <summary>Parameters as those of <see cref="PostgresProcess.CreateAsync"/>.</summary>
    public static async Task<PostgresContainer> CreateAsync(int port, string[] settings, string[] initArguments, string initScript)
    {
        await EngineNamed.Value;
        var container = new PostgreSqlBuilder(Image(Environment.GetEnvironmentVariable))
            .WithUsername("postgres")
            .WithEnvironment("POSTGRES_PASSWORD", "") // none, as with the binaries; Testcontainers gives it one
            .WithEnvironment("POSTGRES_HOST_AUTH_METHOD", "trust")
            .WithEnvironment("POSTGRES_INITDB_ARGS", string.Join(' ', initArguments))
            .WithResourceMapping(Encoding.UTF8.GetBytes(initScript), "/docker-entrypoint-initdb.d/init.sh")
            .WithCommand([.. settings.SelectMany(setting => new[] { "-c", setting })])
            .WithPortBinding(port, ServerPort)
            .WithCreateParameterModifier(OnLoopbackAlone)
            .WithWaitStrategy(Wait.ForUnixContainer().AddCustomWaitStrategy(new NotAtAll()))
            .WithLogger(NullLogger.Instance)
            .Build();
        return new PostgresContainer(container, TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder().Build());
    }

    /// <param name="environment">Gives a variable of the environment.</param>
    public static string Image(Func<string, string?> environment)
    {
        return environment(ImageVariable) is { Length: > 0 } named
            ? named
            : ComposeImage().Match(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docker-compose.yml"))).Value;
    }

    public async Task StartAsync()
    {
        try
        {
            await _container.StartAsync();
        }
        catch (Exception error) when (error is DockerApiException or ContainerNotRunningException)
        {
            throw new InvalidOperationException(
                $"A container of {_container.Image.FullName} does not start: name an image that can be had by {ImageVariable}, or set "
                + $"{PostgresHosts.Variable} to binaries. {error.Message.Trim()}",
                error);
        }

        _ended = _client.Containers.WaitContainerAsync(_container.Id, _disposed.Token);
    }

    public async Task SignalAsync(string signal)
    {
        await _client.Containers.KillContainerAsync(_container.Id, new ContainerKillParameters { Signal = $"SIG{signal}" });
        await _ended!;
    }

    public async Task<string> LogAsync()
    {
        var (output, errors) = await _container.GetLogsAsync();
        return output + errors;
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _disposed.CancelAsync();
        try
        {
            await (_ended ?? Task.CompletedTask);
        }
        catch (Exception error) when (error is OperationCanceledException or DockerApiException)
        {
            // The container that it waited for is gone.
        }

        _client.Dispose();
        _disposed.Dispose();
    }

    /// <summary>Testcontainers looks for an engine by itself at its first use: it shall find the one that answers.</summary>
    private static async Task NameEngineAsync()
    {
        var engine = await DockerEngine.FindAsync(Environment.GetEnvironmentVariable)
            ?? throw new InvalidOperationException("The Docker engine that answered at first answers no more.");
        Environment.SetEnvironmentVariable(DockerEngine.HostVariable, engine.OriginalString);
    }

    /// <summary>The superuser needs no password: nobody else on the network may reach it.</summary>
    private static void OnLoopbackAlone(CreateContainerParameters parameters)
    {
        foreach (var binding in parameters.HostConfig!.PortBindings!.Values.SelectMany(bindings => bindings))
        {
            binding.HostIP = "127.0.0.1";
        }
    }

    [GeneratedRegex(@"(?<=^\s*image:.*)\bpostgres:[\w.-]+", RegexOptions.Multiline)]
    private static partial Regex ComposeImage();

    /// <summary><see cref="PostgresCluster"/> asks the server itself, every 20 ms for a minute; Testcontainers every second for an hour.</summary>
    private sealed class NotAtAll : IWaitUntil
    {
        public Task<bool> UntilAsync(IContainer container)
        {
            return Task.FromResult(true);
        }
    }
}
