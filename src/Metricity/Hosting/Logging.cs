using System.Globalization;
using Metricity.Export;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace Metricity.Hosting;

/// <summary>
/// The program's log: to standard output, readable or JSON, and its errors to Sentry when that is on. Npgsql's and the framework's own talk is kept to warnings, since Npgsql logs
/// every statement at Information.
/// </summary>
internal sealed class Logging : IAsyncDisposable
{
    private readonly Logger _logger;

    public Logging(LogSettings settings, ErrorReportOptions? errors)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(Enum.TryParse<LogEventLevel>(settings.Level, out var level) ? level : LogEventLevel.Information)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning);
        if (errors is not null)
        {
            Errors = new ErrorReports(errors, TimeProvider.System);
            configuration.WriteTo.Sink(Errors, LogEventLevel.Error);
        }

        _logger = (settings.IsJson
                ? configuration.WriteTo.Console(new JsonFormatter(renderMessage: true, formatProvider: CultureInfo.InvariantCulture))
                : configuration.WriteTo.Console(
                    outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}",
                    formatProvider: CultureInfo.InvariantCulture))
            .CreateLogger();
        Factory = new SerilogLoggerFactory(_logger);
    }

    public ILoggerFactory Factory { get; }

    /// <summary>Null = off. Disposed of with the log.</summary>
    public ErrorReports? Errors { get; }

    public ValueTask DisposeAsync()
    {
        Factory.Dispose();

        return _logger.DisposeAsync();
    }
}
