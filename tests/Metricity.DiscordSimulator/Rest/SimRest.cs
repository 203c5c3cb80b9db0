using Microsoft.AspNetCore.Http;

namespace Metricity.DiscordSimulator;

/// <summary>
/// The REST half: authorisation, limits, faults, log. Routes are named by template, e.g. <c>channels/{id}/messages</c>,
/// with or without a leading slash; every id is <c>{id}</c>.
/// </summary>
public sealed partial class SimRest
{
    /// <summary>Needs no authorisation and knows no limits.</summary>
    private const string CallbackTemplate = "interactions/{id}/{id}/callback";

    private readonly SimWorld _world;
    private readonly SimGateway _gateway;
    private readonly SimulatorOptions _options;
    private readonly RestLimiter _limiter;
    private readonly RestHandlers _handlers;
    private readonly List<SimRestRequest> _requests = [];

    internal SimRest(SimWorld world, SimGateway gateway, SimulatorOptions options)
    {
        _world = world;
        _gateway = gateway;
        _options = options;
        _limiter = new RestLimiter(this, options.TimeProvider, options.Seed);
        _handlers = new RestHandlers(world, gateway, options, this);
        RateLimits = options.RateLimits;
    }

    /// <summary>All requests, in the order of their answers.</summary>
    public IReadOnlyList<SimRestRequest> Requests
    {
        get
        {
            lock (_world.Gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Answers 401, 403 and 429 (except shared) of the last ten minutes.</summary>
    public int InvalidRequestCount
    {
        get
        {
            lock (_world.Gate)
            {
                return _limiter.InvalidCount;
            }
        }
    }

    public int CountOf(string template)
    {
        var normal = Normal(template);
        return Requests.Count(request => request.Template == normal);
    }

    /// <summary>Waits until so many requests of the route have been answered. Guarded by 10 s.</summary>
    public Task WaitForRequestAsync(string template, int count = 1, TimeSpan? guard = null, CancellationToken ct = default)
    {
        var normal = Normal(template);
        return _gateway.WaitAsync(
            () => _requests.Count(request => request.Template == normal) >= count,
            $"request number {count} of {normal}",
            guard,
            ct);
    }

    internal async Task HandleAsync(HttpContext http)
    {
        const string prefix = "/api/v10/";
        var path = http.Request.Path.Value ?? "";
        var versioned = path.StartsWith(prefix, StringComparison.Ordinal);
        using var sent = new MemoryStream();
        await http.Request.Body.CopyToAsync(sent, http.RequestAborted);
        var call = RestCall.Parse(http, versioned ? path[prefix.Length..] : path, sent.ToArray());
        BeforeAnswer?.Invoke(call.Template);
        RestFault? fault;
        byte[] body;
        lock (_world.Gate)
        {
            fault = TakeFault(call.Template);
            http.Response.ContentType = "application/json";
            http.Response.Headers.Via = "1.1 google";
            body = Answer(http, call, versioned, fault);
            var url = path + http.Request.QueryString.Value;
            _requests.Add(new SimRestRequest(call.Method, call.Template, url, http.Response.StatusCode, _world.Now, body.Length));
        }

        _gateway.Signal.Pulse();
        await SendAsync(http, body, fault);
    }

    internal static string Normal(string template)
    {
        var segments = template.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('/', segments.Select(segment => segment.StartsWith('{') ? "{id}" : segment));
    }

    private byte[] Answer(HttpContext http, RestCall call, bool versioned, RestFault? fault)
    {
        var response = http.Response;
        if (_limiter.IsBanned())
        {
            return Cloudflare(response, _limiter.BannedUntil!.Value - _world.Now);
        }

        if (fault is { Kind: RestFaultKind.RateLimit })
        {
            return RateLimit(response, call, fault);
        }

        if (fault is { Kind: RestFaultKind.Status or RestFaultKind.NotJson })
        {
            return Broken(response, fault);
        }

        if (!versioned || !_handlers.Knows(call.Template))
        {
            return Write(response, RestAnswer.NotFound);
        }

        if (!_handlers.Allows(call))
        {
            return Write(response, RestAnswer.MethodNotAllowed);
        }

        if (call.Template is not ("gateway" or CallbackTemplate) && http.Request.Headers.Authorization != "Bot " + _gateway.Token)
        {
            return Write(response, RestAnswer.Unauthorized);
        }

        if (_options.RequireUserAgent && !http.Request.Headers.UserAgent.ToString().StartsWith("DiscordBot (", StringComparison.Ordinal))
        {
            return Write(response, RestAnswer.BadUserAgent);
        }

        if (RateLimits && call.Template != CallbackTemplate)
        {
            var state = _limiter.Take(call);
            if (!OmitRateLimitHeaders)
            {
                _limiter.WriteHeaders(response, state);
            }

            if (state.Wait is { } wait)
            {
                _limiter.CountInvalid();
                RateLimitedCount++;
                return RestLimiter.Refuse(response, wait, state.Scope);
            }
        }

        return Write(response, _handlers.Handle(call));
    }

    private byte[] Write(HttpResponse response, RestAnswer answer)
    {
        response.StatusCode = answer.Status;
        if (answer.Status is 401 or 403)
        {
            _limiter.CountInvalid();
        }

        return answer.Body;
    }

    private byte[] RateLimit(HttpResponse response, RestCall call, RestFault fault)
    {
        if (fault.Scope == "cloudflare")
        {
            return Cloudflare(response, fault.Wait);
        }

        RateLimitedCount++;
        if (fault.Scope != "shared")
        {
            _limiter.CountInvalid();
        }

        if (!OmitRateLimitHeaders)
        {
            // Remaining above zero: the hidden sub-limit of which the headers do not speak.
            _limiter.WriteHeaders(response, _limiter.Take(call));
        }

        return RestLimiter.Refuse(response, fault.Wait, fault.Scope);
    }

    private static byte[] Broken(HttpResponse response, RestFault fault)
    {
        if (fault.Kind == RestFaultKind.NotJson)
        {
            response.StatusCode = fault.Status;
            response.ContentType = "text/html";
            return "<html><body>nothing to see</body></html>"u8.ToArray();
        }

        response.StatusCode = fault.Status;
        return RestAnswer.Error(fault.Status, fault.Code, "Simulated failure").Body;
    }

    private static byte[] Cloudflare(HttpResponse response, TimeSpan wait)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.ContentType = "text/html";
        response.Headers.Remove("Via");
        if (wait > TimeSpan.Zero)
        {
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return "<html><body>error code: 1015</body></html>"u8.ToArray();
    }

    private async Task SendAsync(HttpContext http, byte[] body, RestFault? fault)
    {
        var response = http.Response;
        switch (fault?.Kind)
        {
            case RestFaultKind.Reset:
                http.Abort();
                return;
            case RestFaultKind.ResetMidBody:
                response.ContentLength = body.Length;
                await response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await response.Body.FlushAsync();
                http.Abort();
                return;
            case RestFaultKind.TruncatedJson:
                body = body[..(body.Length / 2)];
                break;
            case RestFaultKind.SlowBody:
                response.ContentLength = body.Length;
                await response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), http.RequestAborted);
                await response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(fault.Wait, _options.TimeProvider, http.RequestAborted);
                await response.Body.WriteAsync(body.AsMemory(body.Length / 2), http.RequestAborted);
                return;
            default:
                break;
        }

        if (response.StatusCode != StatusCodes.Status204NoContent)
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, http.RequestAborted);
        }
    }
}

/// <summary>A request and the status and size of its answer. <c>Path</c> includes the query.</summary>
public sealed record SimRestRequest(string Method, string Template, string Path, int Status, DateTimeOffset At, int Bytes)
{
    /// <summary>One page of messages or of archived threads, however it was answered.</summary>
    public bool IsHistory => Template is "channels/{id}/messages" || Template.Contains("/archived/", StringComparison.Ordinal);

    /// <summary>An empty JSON list.</summary>
    public bool IsEmptyList => Status == 200 && Bytes == 2;
}
