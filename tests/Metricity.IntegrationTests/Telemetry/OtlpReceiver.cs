using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>A span as it came.</summary>
/// <param name="ParentId">Empty for a root.</param>
/// <param name="Links">Trace id and span id of each.</param>
internal sealed record ReceivedSpan(
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    ulong StartedAt,
    ulong EndedAt,
    IReadOnlyList<(string TraceId, string SpanId)> Links);

/// <summary>
/// Takes OTLP traces and metrics, over HTTP/protobuf and over gRPC, as the protocol's documentation has it
/// (opentelemetry-proto, trace/v1/trace.proto and collector/trace/v1/trace_service.proto).
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app)
    {
        _app = app;
    }

    public string Address => _app.Urls.First();

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = [];

    /// <summary>Metrics requests, undecoded: their strings are in them as UTF-8.</summary>
    public ConcurrentQueue<byte[]> Metrics { get; } = [];

    public ConcurrentQueue<string> Authorizations { get; } = [];

    public static async Task<OtlpReceiver> StartAsync(bool isGrpc)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(options =>
            options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync();

        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = body.ToArray();
        Authorizations.Enqueue($"{context.Request.Headers.Authorization}");
        var isGrpc = context.Request.ContentType == "application/grpc";
        if (isGrpc)
        {
            message = message[5..]; // one byte "compressed", four bytes length
        }
        else if (context.Request.Headers.ContentEncoding == "gzip")
        {
            using var inflated = new MemoryStream();
            await new GZipStream(new MemoryStream(message), CompressionMode.Decompress).CopyToAsync(inflated);
            message = inflated.ToArray();
        }

        switch (context.Request.Path.Value)
        {
            case "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export":
                ReadTraces(message);
                break;
            case "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export":
                Metrics.Enqueue(message);
                break;
            default:
                context.Response.StatusCode = 404;
                return;
        }

        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }

    private void ReadTraces(byte[] request)
    {
        foreach (var resource in Protobuf.Messages(request, 1))
        {
            foreach (var scope in Protobuf.Messages(resource, 2))
            {
                foreach (var span in Protobuf.Messages(scope, 2))
                {
                    Spans.Enqueue(new ReceivedSpan(
                        Hex(span, 1), Hex(span, 2), Hex(span, 4), Protobuf.Text(span, 5), Protobuf.Fixed(span, 7), Protobuf.Fixed(span, 8),
                        [.. Protobuf.Messages(span, 13).Select(link => (Hex(link, 1), Hex(link, 2)))]));
                }
            }
        }
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexString(Protobuf.Messages(message, field).FirstOrDefault([]));
}
