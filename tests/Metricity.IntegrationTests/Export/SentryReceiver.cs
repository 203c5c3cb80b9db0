using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Export;

/// <summary>A Sentry on loopback: keeps every request as it came and answers with one status.</summary>
internal sealed class SentryReceiver : IAsyncDisposable
{
    public const string Key = "0123456789abcdef0123456789abcdef";
    public const string Project = "42";

    private readonly WebApplication _app;

    private SentryReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Dsn { get; private set; } = "";

    public int Status { get; set; } = 200;

    /// <summary>Seconds of <c>Retry-After</c>, sent with a 429.</summary>
    public int RetryAfter { get; set; }

    public ConcurrentQueue<SentryRequest> Requests { get; } = new();

    public static async Task<SentryReceiver> StartAsync()
    {
        var receiver = new SentryReceiver();
        await receiver._app.StartAsync();
        var addresses = receiver._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        receiver.Dsn = $"http://{Key}@127.0.0.1:{new Uri(addresses.First()).Port}/{Project}";

        return receiver;
    }

    /// <summary>What came, read by the protocol's rules. What breaks them fails the test.</summary>
    public IReadOnlyList<SentryEnvelope> Envelopes() => [.. Requests.Select(SentryEnvelope.Parse)];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        Requests.Enqueue(new SentryRequest(
            http.Request.Method,
            http.Request.Path.Value!,
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray()));
        http.Response.StatusCode = Status;
        if (Status == 429)
        {
            http.Response.Headers.RetryAfter = $"{RetryAfter}";
        }
    }
}

/// <summary>One request as it came.</summary>
internal sealed record SentryRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>All of it as text, for tests that look for what must not be in it.</summary>
    public string Everything => $"{Method} {Path} {string.Join(' ', Headers)} {Encoding.UTF8.GetString(Body)}";
}
