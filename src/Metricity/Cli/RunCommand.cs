using Metricity.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Metricity.Cli;

/// <summary><c>metricity run</c>: the collector under the generic host.</summary>
internal static partial class RunCommand
{
    /// <param name="stopping">Asks for an orderly stop, at any moment from the start of the process on.</param>
    public static async Task<int> RunAsync(CommandContext context, bool migrateFirst, CancellationToken stopping)
    {
        var settings = context.ReadSettings(SettingsNeeds.All);
        await using var logging = new Logging(settings.Log, settings.Errors);
        try
        {
            if (migrateFirst)
            {
                await MigrateCommand.UpAsync(settings, null, context.Out, stopping);
            }

            await CollectAsync(settings, logging, stopping);

            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop before there was anything to drain; a migration that was under way is rolled back.
            return ExitCode.Done;
        }
        catch (Exception e)
        {
            logging.Errors?.Report(e, Failure.Explain(e).Code);

            throw;
        }
    }

    private static async Task CollectAsync(Settings settings, Logging logging, CancellationToken stopping)
    {
        var logger = logging.Factory.CreateLogger(nameof(RunCommand));
        foreach (var warning in settings.Warnings)
        {
            LogSetting(logger, warning);
        }

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Services
            .AddSingleton<ILoggerFactory>(logging.Factory)
            .AddSingleton(TimeProvider.System)
            .AddCollector(settings)
            .AddSingleton<CollectorWorker>()
            .AddHostedService(services => services.GetRequiredService<CollectorWorker>())
            .Configure<HostOptions>(options => options.ShutdownTimeout = settings.DrainTimeout + TimeSpan.FromSeconds(10));
        using var host = builder.Build();
        await using var telemetry = await TelemetryHost.StartAsync(settings, host.Services);
        var worker = host.Services.GetRequiredService<CollectorWorker>();
        await host.StartAsync(stopping);
        await host.WaitForShutdownAsync(stopping);
        if (worker.Fault is not null)
        {
            throw worker.Fault;
        }
    }

    [LoggerMessage(LogEvents.Cli.SettingWarning, LogLevel.Warning, "{Warning}")]
    private static partial void LogSetting(ILogger logger, string warning);
}
