using OpenTelemetry.Exporter;

namespace Metricity.Export;

/// <summary>Where to send metrics and traces by OTLP.</summary>
/// <param name="endpoint">Of the collector, without the path of a signal.</param>
/// <param name="headers">In the form <c>name=value,name=value</c>.</param>
internal sealed class OtlpOptions(Uri endpoint, bool isGrpc, Secret? headers)
{
    /// <summary>A receiver that does not answer must not hold up the end of the program.</summary>
    private const int TimeoutMilliseconds = 3_000;

    public void Apply(OtlpExporterOptions options, string signal)
    {
        options.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = isGrpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        options.TimeoutMilliseconds = TimeoutMilliseconds;
        if (headers is not null)
        {
            options.Headers = headers.Reveal();
        }
    }
}
