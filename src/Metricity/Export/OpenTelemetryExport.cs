using Metricity.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Metricity.Export;

/// <summary>Builds the exports of the OpenTelemetry SDK: metrics to scrape and to send, and traces.</summary>
internal static class OpenTelemetryExport
{
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>
    /// Of the runtime's meter: what tells of memory and pauses. The rest is left out: names that Prometheus's own check objects to
    /// (<c>…_count</c>), and figures that nobody could act on.
    /// </summary>
    private static readonly string[] RuntimeInstruments =
    [
        "dotnet.gc.collections", "dotnet.gc.heap.total_allocated", "dotnet.gc.last_collection.heap.size",
        "dotnet.gc.last_collection.memory.committed_size", "dotnet.gc.pause.time",
    ];

    /// <param name="isScraped">Whether <c>/metrics</c> gives them.</param>
    /// <param name="otlp">Null = not sent.</param>
    public static MeterProvider? Metrics(string version, bool isScraped, OtlpOptions? otlp)
    {
        if (!isScraped && otlp is null)
        {
            return null;
        }

        var builder = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource(version))
            .AddMeter(MetricityMetrics.MeterName, RuntimeMeter)
            .AddView(instrument => instrument.Meter.Name == RuntimeMeter && !RuntimeInstruments.Contains(instrument.Name)
                ? MetricStreamConfiguration.Drop
                : null);
        if (isScraped)
        {
            builder.AddPrometheusExporter(options =>
            {
                options.ScrapeResponseCacheDurationMilliseconds = 0;
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
            });
        }

        if (otlp is not null)
        {
            builder.AddOtlpExporter(options => otlp.Apply(options, "metrics"));
        }

        return builder.Build();
    }

    public static TracerProvider? Traces(string version, OtlpOptions? otlp) => otlp is null
        ? null
        : Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource(version))
            .SetSampler(new AlwaysOnSampler()) // EventTracer has chosen already
            .AddSource(EventTracer.SourceName)
            .AddOtlpExporter(options => otlp.Apply(options, "traces"))
            .Build();

    /// <summary>OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES add to it and win.</summary>
    private static ResourceBuilder Resource(string version) =>
        ResourceBuilder.CreateEmpty().AddService("metricity", serviceVersion: version).AddTelemetrySdk().AddEnvironmentVariableDetector();
}
