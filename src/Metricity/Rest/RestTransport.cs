using System.Diagnostics.CodeAnalysis;
using Metricity.Events;
using Metricity.Gateway;
using Microsoft.Extensions.Logging;

namespace Metricity.Rest;

/// <summary>
/// Sends GET requests one attempt at a time within the limits, and decides what each outcome means: a value, wait and ask again (429),
/// retry (faults), give the error to the caller, or stop for good (token refused). Any thread may call.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Without a timer there is nothing to dispose of in the token source.")]
internal sealed partial class RestTransport
{
    private const int MaxRateLimitWaits = 10;

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(30);

    private readonly RestOptions _options;
    private readonly ILogger _log;
    private readonly RestSender _sender;
    private readonly GlobalLimit _global;
    private readonly RateLimiter _limiter;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _refused = new();
    private readonly ReaderContext _context;
    private long _skippedElements;

    public RestTransport(HttpClient http, RestOptions options, TimeProvider time, ILogger log)
    {
        _options = options;
        _log = log;
        _sender = new(http, options, time);
        _global = new(options, time, log);
        _limiter = new(_global, time);
        _time = time;
        _context = new(options.StaffRoleIds);

        // A header cannot hold other characters, so the request could not even be sent.
        var token = options.Token.Reveal();
        if (token.Length == 0 || token.Any(static c => c is <= ' ' or >= (char)127))
        {
            _refused.Cancel();
        }
    }

    public RestStatus Status { get; } = new();

    /// <exception cref="DiscordRestException">Discord answered with an error.</exception>
    /// <exception cref="DiscordRefusedException">The token is not accepted, now or in an earlier call.</exception>
    /// <exception cref="DiscordUnavailableException">All attempts failed.</exception>
    public async Task<T> GetAsync<T>(
        RestRoute route, RestPriority priority, ValueReader<T> read, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _refused.Token);

        try
        {
            for (var retries = 0; ; retries++)
            {
                try
                {
                    return await AttemptAsync(route, priority, read, stop.Token);
                }
                catch (RestFaultException fault) when (retries < _options.MaxRetries)
                {
                    await WaitToRetryAsync(route, retries + 1, fault, stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_refused.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Refusal();
        }
        catch (RestFaultException fault)
        {
            throw new DiscordUnavailableException(
                $"Discord could not be asked: GET {route.Template} failed {_options.MaxRetries + 1} times, "
                + $"at last because {fault.Message}.",
                fault.InnerException);
        }
    }

    private static DiscordRefusedException Refusal() => new(
        "Discord refuses the bot token (Discord:Token): it is wrong, was reset, or its account is blocked. "
        + "Get a new one at https://discord.com/developers/applications, page \"Bot\", button \"Reset Token\".");

    private async Task WaitToRetryAsync(RestRoute route, int retry, RestFaultException fault, CancellationToken stop)
    {
        var delay = Backoff.Jittered(FirstRetryDelay, MaxRetryDelay, retry, Random.Shared);
        Status.CountRetry();
        LogRetry(route.Template, retry, fault.Message, delay.TotalSeconds);
        await Task.Delay(delay, _time, stop);
    }

    private async Task<T> AttemptAsync<T>(
        RestRoute route, RestPriority priority, ValueReader<T> read, CancellationToken cancellationToken)
    {
        for (var waits = 0; waits < MaxRateLimitWaits; waits++)
        {
            var answer = await SendWithinLimitsAsync(route, priority, cancellationToken);

            if (answer.IsSuccess)
            {
                return Read(route, answer.Body, read);
            }

            if (!answer.IsRateLimited)
            {
                throw answer.IsTransientFault
                    ? new RestFaultException($"Discord answered with {answer.Status}", inner: null)
                    : new DiscordRestException(answer.Status, answer.Error.Code, route.Template);
            }
        }

        throw new DiscordUnavailableException(
            $"Discord could not be asked: GET {route.Template} was rate limited {MaxRateLimitWaits} times in a row.", inner: null);
    }

    private async Task<RestAnswer> SendWithinLimitsAsync(RestRoute route, RestPriority priority, CancellationToken cancellationToken)
    {
        var bucket = await _limiter.EnterAsync(route, priority, cancellationToken);
        RestAnswer? answer = null;
        TimeSpan? pause = null;

        try
        {
            answer = await _sender.SendAsync(route, cancellationToken);
            pause = await ApplyAsync(route, answer);

            return answer;
        }
        finally
        {
            Status.CountAnswer(route.Template, answer?.Status ?? 0);
            _limiter.Leave(route, bucket, answer?.Limits, answer is { IsRateLimited: false, IsTransientFault: false }, pause);
        }
    }

    /// <summary>Takes to heart what an answer means for the requests after it. Throws when it means that there are to be none.</summary>
    /// <returns>How long the bucket is to rest; null when the answer does not ask for that.</returns>
    private async Task<TimeSpan?> ApplyAsync(RestRoute route, RestAnswer answer)
    {
        if (answer.IsRateLimited)
        {
            return ApplyRateLimit(route, answer);
        }

        if (answer.Status is 401 or 403)
        {
            _global.CountInvalid();
        }

        if (answer.IsRefusal)
        {
            if (!_refused.IsCancellationRequested)
            {
                LogRefused(answer.Status, answer.Error.Code);
            }

            await _refused.CancelAsync();

            throw Refusal();
        }

        if (!answer.IsTransientFault)
        {
            _global.EndBlock();
        }

        return null;
    }

    private T Read<T>(RestRoute route, byte[] body, ValueReader<T> read)
    {
        try
        {
            return Payload.Read(body, _context, read);
        }
        catch (MalformedPayloadException e)
        {
            // Most often an answer that was cut off.
            throw new RestFaultException($"Discord's answer could not be read ({e.Message})", e);
        }
        finally
        {
            CountSkippedElements(route);
        }
    }

    private void CountSkippedElements(RestRoute route)
    {
        var total = _context.SkippedElements;
        var skipped = total - Interlocked.Exchange(ref _skippedElements, total);

        if (skipped > 0)
        {
            Status.CountSkippedElements(skipped);
            LogSkipped(skipped, route.Template);
        }
    }

    private TimeSpan? ApplyRateLimit(RestRoute route, RestAnswer answer)
    {
        // The edge network (Cloudflare) answers with a page, or with JSON that has none of this.
        var isFromDiscord = answer.Scope is not null || answer.Limits is not null || answer.Error.RetryAfter is not null;
        var scope = isFromDiscord ? ScopeOf(answer) : "edge";
        var wait = answer.Error.RetryAfter ?? answer.RetryAfter ?? answer.Limits?.ResetAfter ?? TimeSpan.FromSeconds(1);
        Status.CountRateLimit(scope);

        if (scope != "shared")
        {
            _global.CountInvalid();
        }

        if (scope == "edge")
        {
            LogEdgeBlocks(_global.Block(answer.RetryAfter).TotalSeconds);

            return null;
        }

        LogRateLimited(route.Template, scope, wait.TotalSeconds);

        if (scope == "global")
        {
            _global.Pause(wait);

            return null;
        }

        return wait;
    }

    private static string ScopeOf(RestAnswer answer) => answer.Error.IsGlobal ? "global" : answer.Scope switch
    {
        "global" => "global",
        "shared" => "shared",
        _ => "user",
    };

    [LoggerMessage(LogEvents.Rest.RetryingRequest, LogLevel.Warning,
        "GET {Route} failed because {Reason}; retry {Number} in {Seconds:0.0} s")]
    private partial void LogRetry(string route, int number, string reason, double seconds);

    [LoggerMessage(LogEvents.Rest.RateLimited, LogLevel.Warning,
        "GET {Route} was rate limited (scope {Scope}); asking again in {Seconds:0.0} s")]
    private partial void LogRateLimited(string route, string scope, double seconds);

    [LoggerMessage(LogEvents.Rest.EdgeBlocks, LogLevel.Error,
        "Discord's edge network blocks this address for now; no request is sent for {Seconds:0} s. Other programs may share the address")]
    private partial void LogEdgeBlocks(double seconds);

    [LoggerMessage(LogEvents.Rest.TokenRefused, LogLevel.Error,
        "Discord refused the bot token (status {Status}, code {Code}); no request is sent any more")]
    private partial void LogRefused(int status, int code);

    [LoggerMessage(LogEvents.Rest.ElementsSkipped, LogLevel.Warning,
        "{Count} elements of Discord's answer to GET {Route} could not be read and were left out")]
    private partial void LogSkipped(long count, string route);
}
