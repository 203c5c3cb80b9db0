using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metricity.DiscordSimulator;

/// <summary>
/// A Discord on loopback: gateway and REST on one port, over one world. Written from Discord's documentation alone, without
/// any code of the collector, so that the two cannot share a mistake.
/// </summary>
public sealed class Simulator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly SimAdmin _admin;
    private readonly List<SimLife> _lives = [];

    private Simulator(SimulatorOptions options)
    {
        _admin = new SimAdmin(this);
        World = new SimWorld(options);
        Gateway = new SimGateway(World, options);
        World.Gateway = Gateway;
        Rest = new SimRest(World, Gateway, options);
        Options = options;
        _app = Build(options.Port);
    }

    /// <summary><c>http://127.0.0.1:PORT/api/v10</c>, without a trailing slash.</summary>
    public Uri ApiBaseUrl { get; private set; } = null!;

    /// <summary><c>ws://127.0.0.1:PORT/</c>, as <c>/gateway/bot</c> tells it.</summary>
    public Uri GatewayUrl { get; private set; } = null!;

    /// <summary>The token that is accepted now.</summary>
    public string Token => Gateway.Token;

    public SimulatorOptions Options { get; }

    public SimWorld World { get; }

    public SimGateway Gateway { get; }

    public SimRest Rest { get; }

    /// <summary>Those that the pages under <c>/sim</c> pause and show.</summary>
    public IReadOnlyList<SimLife> Lives => _lives;

    public static async Task<Simulator> StartAsync(SimulatorOptions? options = null, CancellationToken ct = default)
    {
        var simulator = new Simulator(options ?? new SimulatorOptions());
        await simulator._app.StartAsync(ct);
        var server = simulator._app.Services.GetRequiredService<IServer>();
        var address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        simulator.ApiBaseUrl = new Uri($"http://127.0.0.1:{address.Port}/api/v10");
        simulator.GatewayUrl = new Uri($"ws://127.0.0.1:{address.Port}/");
        simulator.Gateway.Url = simulator.GatewayUrl.ToString();
        return simulator;
    }

    /// <summary>A life for a guild, which the pages under <c>/sim</c> know of. It begins with <see cref="SimLife.RunAsync"/>.</summary>
    public SimLife AddLife(SimGuild guild)
    {
        var life = new SimLife(guild);
        _lives.Add(life);
        return life;
    }

    /// <summary>Drops all connections and frees the port.</summary>
    public async ValueTask DisposeAsync()
    {
        await Gateway.AbortAllAsync();
        using var hurry = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync();
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        var app = builder.Build();
        app.Run(HandleAsync);
        return app;
    }

    private Task HandleAsync(HttpContext http)
    {
        if (http.Request.Path.StartsWithSegments("/api"))
        {
            return Rest.HandleAsync(http);
        }

        return http.Request.Path.StartsWithSegments("/sim") ? _admin.HandleAsync(http) : Gateway.HandleAsync(http);
    }
}
