using Microsoft.Extensions.Hosting;

namespace Metricity.Hosting;

/// <summary>
/// Runs the collector under the host and ends the host when the collector ends; the command turns the fault into an exit code.
/// </summary>
internal sealed class CollectorWorker(Collector collector, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>What ended the collector, other than being asked to stop.</summary>
    public Exception? Fault { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await collector.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop before there was anything to drain.
        }
        catch (Exception e)
        {
            Fault = e;
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
