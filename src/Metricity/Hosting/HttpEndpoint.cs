using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace Metricity.Hosting;

/// <summary>A small web server for one address: health answers, metrics, a page. It logs nothing.</summary>
internal sealed class HttpEndpoint : IAsyncDisposable
{
    public const string LivePath = "/health/live";
    public const string ReadyPath = "/health/ready";

    /// <summary>Far above a scraper and a few probes; an open port must not be a way to fill the memory.</summary>
    private const int MaxConnections = 64;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;

    private HttpEndpoint(WebApplication app)
    {
        _app = app;
    }

    /// <summary>Where it listens: as asked, with the port that port 0 became.</summary>
    public string Address => _app.Urls.First();

    /// <param name="health">Live and ready; null to leave the health answers out.</param>
    /// <param name="meters">Null to leave the metrics out.</param>
    /// <param name="root">Answers <c>/</c>; null to leave it out.</param>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<HttpEndpoint> StartAsync(
        Uri url,
        (Func<HealthAnswer> Live, Func<HealthAnswer> Ready)? health,
        MeterProvider? meters,
        RequestDelegate? root,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url.GetLeftPart(UriPartial.Authority)).ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.MaxRequestBodySize = 0;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit);
        var app = builder.Build();
        if (meters is not null)
        {
            app.UseOpenTelemetryPrometheusScrapingEndpoint(
                meters, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
        }

        if (health is var (live, ready))
        {
            app.MapGet(LivePath, context => AnswerAsync(context, live()));
            app.MapGet(ReadyPath, context => AnswerAsync(context, ready()));
        }

        if (root is not null)
        {
            app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], root);
        }

        try
        {
            await app.StartAsync(cancellationToken);

            return new HttpEndpoint(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>JSON, or lines of text for who asks for text.</summary>
    private static Task AnswerAsync(HttpContext context, HealthAnswer answer)
    {
        context.Response.StatusCode = (int)(answer.IsHealthy ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
        context.Response.Headers.CacheControl = "no-store";
        if (context.Request.Headers.Accept == "text/plain")
        {
            context.Response.ContentType = "text/plain; charset=utf-8";

            return context.Response.WriteAsync(answer.ToString(), context.RequestAborted);
        }

        return context.Response.WriteAsJsonAsync(
            new
            {
                Status = Word(answer.IsHealthy),
                Checks = answer.Checks.Select(check => new { check.Name, Status = Word(check.IsHealthy), check.Reason }),
            },
            context.RequestAborted);
    }

    private static string Word(bool isHealthy) => isHealthy ? "ok" : "failed";

    /// <summary>Signals are the program's own host's business, which stops this server last.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
