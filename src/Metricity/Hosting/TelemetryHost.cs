using Metricity.Export;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Metricity.Hosting;

/// <summary>
/// Health answers, metrics, traces and the report of a collector. Started before it and ended after it, so that probes are answered from the first
/// moment to the last.
/// </summary>
internal sealed partial class TelemetryHost : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly List<HttpEndpoint> _endpoints = [];
    private readonly MeterProvider? _meters;
    private readonly TracerProvider? _traces;
    private readonly ReportEndpoint? _report;

    private TelemetryHost(MeterProvider? meters, TracerProvider? traces, ReportEndpoint? report, ILogger<TelemetryHost> logger)
    {
        _logger = logger;
        _meters = meters;
        _traces = traces;
        _report = report;
    }

    /// <exception cref="SettingsException">An address cannot be listened on.</exception>
    /// <param name="collector">What <see cref="CollectorServices"/> put together.</param>
    public static async Task<TelemetryHost> StartAsync(Settings settings, IServiceProvider collector)
    {
        // The instruments are there from the first scrape on.
        _ = collector.GetRequiredService<MetricityMetrics>();
        var otlp = settings.Otlp is { } to ? new OtlpOptions(to.Endpoint, to.IsGrpc, to.Headers) : null;
        var host = new TelemetryHost(
            OpenTelemetryExport.Metrics(Collector.Version, settings.Http.Metrics is not null, otlp),
            OpenTelemetryExport.Traces(Collector.Version, otlp),
            settings.Http.HasReport ? new ReportEndpoint(settings, TimeProvider.System) : null,
            collector.GetRequiredService<ILogger<TelemetryHost>>());
        try
        {
            await host.ListenAsync(settings.Http, collector.GetRequiredService<CollectorHealth>());
            if (settings.Otlp is not null)
            {
                host.LogSends(settings.Otlp.Endpoint.Authority, settings.Otlp.TraceRatio);
            }

            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in _endpoints)
        {
            await endpoint.DisposeAsync();
        }

        if (_report is not null)
        {
            await _report.DisposeAsync();
        }

        // Sends what is left, within the exporter's time.
        _traces?.Dispose();
        _meters?.Dispose();
    }

    private async Task ListenAsync(HttpSettings settings, CollectorHealth health)
    {
        var isOne = settings.Metrics == settings.Health;
        if (settings.Health is { } url)
        {
            var endpoint = await ListenAsync("Http:Url", url, (health.Live, health.Ready), isOne ? _meters : null, _report);
            LogListens(
                isOne ? "Health and metrics" : "Health",
                endpoint.Address,
                "/health/live, /health/ready" + (isOne ? ", /metrics" : "") + (_report is null ? "" : ", the report at /"));
        }

        if (settings.Metrics is { } metricsUrl && !isOne)
        {
            LogListens("Metrics", (await ListenAsync("Http:MetricsUrl", metricsUrl, null, _meters, null)).Address, "/metrics");
        }
    }

    private async Task<HttpEndpoint> ListenAsync(
        string key, Uri url, (Func<HealthAnswer> Live, Func<HealthAnswer> Ready)? health, MeterProvider? meters, ReportEndpoint? report)
    {
        try
        {
            var endpoint = await HttpEndpoint.StartAsync(
                url, health, meters, report is null ? null : report.AnswerAsync, CancellationToken.None);
            _endpoints.Add(endpoint);

            return endpoint;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new SettingsException(
                [$"{key}: {url.Authority} cannot be listened on: the port is taken by another program (perhaps another Metricity), or the "
                    + "address is not this machine's. Give another address, or leave Http:Url empty to have no health answers and metrics."]);
        }
    }

    [LoggerMessage(LogEvents.Hosting.HttpListens, LogLevel.Information, "{What} at {Address}: {Paths}")]
    private partial void LogListens(string what, string address, string paths);

    [LoggerMessage(LogEvents.Hosting.OtlpSends, LogLevel.Information,
        "Metrics, and traces of {Ratio:P1} of the events, are sent by OTLP to {Receiver}")]
    private partial void LogSends(string receiver, double ratio);
}
