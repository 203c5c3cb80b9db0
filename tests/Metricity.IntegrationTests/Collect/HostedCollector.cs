using Metricity.Export;
using Metricity.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Collect;

/// <summary>A collector as the program puts it together, on the test's clock and log. One instance collects once.</summary>
internal sealed class HostedCollector : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public HostedCollector(Settings settings, ILoggerFactory loggers, TimeProvider time)
    {
        _services = new ServiceCollection()
            .AddSingleton(loggers)
            .AddSingleton(time)
            .AddCollector(settings)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        Metrics = _services.GetRequiredService<MetricityMetrics>();
    }

    public MetricityMetrics Metrics { get; }

    public CollectorHealth Health => _services.GetRequiredService<CollectorHealth>();

    public Task RunAsync(CancellationToken stopping) => _services.GetRequiredService<Collector>().RunAsync(stopping);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
