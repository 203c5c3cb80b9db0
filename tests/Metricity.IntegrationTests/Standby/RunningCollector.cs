using Metricity.Hosting;
using Metricity.IntegrationTests.Collect;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Standby;

/// <summary>A collector on the system's clock; its disposal is a SIGTERM. Its fault fails the test.</summary>
internal sealed class RunningCollector : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _loggers;
    private readonly Task _running;

    public RunningCollector(Settings settings)
    {
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Log)));
        _running = Task.Run(async () =>
        {
            await using var collector = new HostedCollector(settings, _loggers, TimeProvider.System);
            await collector.RunAsync(_stop.Token);
        });
    }

    public FakeLogCollector Log { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30));
        _loggers.Dispose();
        _stop.Dispose();
    }
}
