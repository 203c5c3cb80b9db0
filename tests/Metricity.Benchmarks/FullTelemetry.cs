using System.Net;
using System.Net.Sockets;
using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Export;
using Metricity.Gateway;
using Metricity.Hosting;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Tables;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Serilog;

namespace Metricity.Benchmarks;

/// <summary>
/// Everything that watches a collector, switched on: instruments, the endpoint with a scrape and a health probe every second, OTLP for
/// metrics and traces to a receiver, StatsD over UDP, and Sentry with an error every second.
/// </summary>
internal sealed class FullTelemetry : IAsyncDisposable
{
    /// <summary>Ten times as many as by default.</summary>
    private const double TraceRatio = 0.01;

    private static readonly TimeSpan ScrapeEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StatsdEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Npgsql.NpgsqlDataSource _dataSource;
    private readonly DatabaseWatch _database;
    private readonly OtlpOptions _otlp;
    private readonly MeterProvider _meters;
    private readonly TracerProvider _traces;
    private readonly UdpClient _statsd = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ErrorReports _errors;
    private readonly Serilog.Core.Logger _log;
    private HttpEndpoint? _endpoint;
    private Task _background = Task.CompletedTask;

    private FullTelemetry(Uri receiver, StorageOptions storage)
    {
        _dataSource = StorageDataSource.Create(storage);
        var sizes = new GuildSizes(TimeProvider.System, NullLogger<GuildSizes>.Instance);
        _database = new DatabaseWatch(
            new DatabaseProbe(_dataSource, storage.GuildSchemas.Keys.ToList()),
            new SchemaCheck(storage.ConnectionString, storage.GuildSchemas.Values.ToList()),
            TimeProvider.System);
        var shard = new ShardStatus(Gateway);
        var status = new CollectorStatus(shard, Gateway, Collect, Storage, new HistoryMeter(), new RestStatus());
        Metrics = new MetricityMetrics("0.0.0", status, _database, sizes, TimeProvider.System);
        Health = new CollectorHealth(shard, Gateway, Collect, _database, TimeSpan.FromMinutes(5), TimeProvider.System);
        _otlp = new OtlpOptions(receiver, isGrpc: false, headers: null);
        _meters = OpenTelemetryExport.Metrics("0.0.0", isScraped: true, _otlp)!;
        _traces = OpenTelemetryExport.Traces("0.0.0", _otlp)!;
        _errors = new ErrorReports(
            new ErrorReportOptions { Dsn = new Secret($"http://public@127.0.0.1:{receiver.Port}/1"), Environment = "benchmark" }, TimeProvider.System);
        _log = new LoggerConfiguration().WriteTo.Sink(_errors).CreateLogger();
    }

    public GatewayStatus Gateway { get; } = new();

    public CollectStatus Collect { get; } = new();

    public StorageStatus Storage { get; } = new();

    public MetricityMetrics Metrics { get; }

    public EventTracer Tracer { get; } = new(TraceRatio);

    public int Scrapes { get; private set; }

    private CollectorHealth Health { get; }

    /// <param name="storage">The database, which is looked at as the collector does.</param>
    public static async Task<FullTelemetry> StartAsync(Uri receiver, StorageOptions storage)
    {
        var telemetry = new FullTelemetry(receiver, storage);
        telemetry._endpoint = await HttpEndpoint.StartAsync(
            new Uri("http://127.0.0.1:0"), (telemetry.Health.Live, telemetry.Health.Ready), telemetry._meters, null, CancellationToken.None);
        telemetry._background = Task.WhenAll(telemetry.WatchAsync(telemetry._endpoint.Address), telemetry.SendStatsdAsync());

        return telemetry;
    }

    /// <summary>Looks at the database as the collector does, until cancelled.</summary>
    public Task WatchAsync(CancellationToken cancellationToken) => _database.RunAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _background;
        await _endpoint!.DisposeAsync();
        await _log.DisposeAsync();
        _errors.Dispose();
        _statsd.Dispose();
        _traces.Dispose();
        _meters.Dispose();
        Metrics.Dispose();
        await _dataSource.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Ten times as often as by default.</summary>
    private Task SendStatsdAsync()
    {
        var options = new StatsdOptions(
            "127.0.0.1", ((IPEndPoint)_statsd.Client.LocalEndPoint!).Port, "metricity", StatsdEvery);
        var sender = new StatsdSender(
            options, new Dictionary<Snowflake, string> { [new Snowflake(Load.LoadPlan.GuildId)] = "public" }, Storage,
            new GuildSizes(TimeProvider.System, NullLogger<GuildSizes>.Instance), TimeProvider.System, NullLogger<StatsdSender>.Instance);

        return sender.RunAsync(_stop.Token);
    }

    private async Task WatchAsync(string address)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(ScrapeEvery);
        try
        {
            do
            {
                await http.GetStringAsync(address + "/metrics", _stop.Token);
                using var ready = await http.GetAsync(address + HttpEndpoint.ReadyPath, _stop.Token);
                _log.Error("An error for the benchmark, number {Number}", Scrapes++);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }
}
