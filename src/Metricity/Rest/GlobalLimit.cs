using Metricity.Gateway;
using Microsoft.Extensions.Logging;

namespace Metricity.Rest;

/// <summary>
/// What holds for all requests together: so many a second, the pauses Discord asks for, blocks by its edge network, and our own stop
/// well below the count of invalid requests that gets an address banned. Any thread may call.
/// </summary>
internal sealed partial class GlobalLimit
{
    private static readonly TimeSpan InvalidWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstBlock = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan MaxBlock = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly int _perSecond;
    private readonly int _invalidLimit;
    private readonly PriorityGate _gate;
    private readonly Queue<long> _sent = new();
    private readonly Queue<long> _invalid = new();
    private long _pausedUntil;
    private int _blocks;
    private bool _isStopped;

    public GlobalLimit(RestOptions options, TimeProvider time, ILogger log)
    {
        _time = time;
        _log = log;
        _perSecond = options.RequestsPerSecond;
        _invalidLimit = options.InvalidRequestLimit;
        _gate = new(time, TryTake);
        _pausedUntil = time.GetTimestamp();
    }

    /// <summary>Waits until one request may be sent now. Nothing is to be given back.</summary>
    public Task EnterAsync(RestPriority priority, CancellationToken cancellationToken) => _gate.EnterAsync(priority, cancellationToken);

    public void Pause(TimeSpan wait) => _gate.Change(() => _pausedUntil = Math.Max(_pausedUntil, _gate.After(wait)));

    /// <summary>An answer that counts towards Discord's ban: 401, 403, or 429 outside the scope <c>shared</c>.</summary>
    public void CountInvalid() => _gate.Change(() => _invalid.Enqueue(_time.GetTimestamp()));

    /// <summary>
    /// The edge network (Cloudflare) turns us away and says nothing Discord-like: pause for minutes, and longer each time. Answers to
    /// requests that were under way when the pause began count as one.
    /// </summary>
    public TimeSpan Block(TimeSpan? retryAfter)
    {
        var wait = TimeSpan.Zero;

        _gate.Change(() =>
        {
            if (_pausedUntil <= _time.GetTimestamp())
            {
                _blocks++;
            }

            wait = Backoff.Exponential(FirstBlock, MaxBlock, _blocks);
            wait = retryAfter > wait ? retryAfter.Value : wait;
            _pausedUntil = Math.Max(_pausedUntil, _gate.After(wait));
        });

        return wait;
    }

    /// <summary>Discord itself answered: the next block is a first one again.</summary>
    public void EndBlock() => _gate.Change(() => _blocks = 0);

    private TimeSpan TryTake()
    {
        var now = _time.GetTimestamp();

        if (_pausedUntil > now)
        {
            return _gate.Until(_pausedUntil);
        }

        Forget(_invalid, InvalidWindow, now);

        if (_invalid.Count >= _invalidLimit)
        {
            var wait = _gate.Until(_invalid.Peek() + _gate.Ticks(InvalidWindow));
            LogStopOnce(wait);

            return wait;
        }

        _isStopped = false;
        Forget(_sent, TimeSpan.FromSeconds(1), now);

        if (_sent.Count >= _perSecond)
        {
            return _gate.Until(_sent.Peek() + _gate.Ticks(TimeSpan.FromSeconds(1)));
        }

        _sent.Enqueue(now);

        return TimeSpan.Zero;
    }

    private void Forget(Queue<long> times, TimeSpan window, long now)
    {
        while (times.TryPeek(out var first) && _time.GetElapsedTime(first, now) >= window)
        {
            times.Dequeue();
        }
    }

    private void LogStopOnce(TimeSpan wait)
    {
        if (!_isStopped)
        {
            _isStopped = true;
            LogInvalidRequestStop(_invalid.Count, (long)wait.TotalSeconds);
        }
    }

    [LoggerMessage(LogEvents.Rest.InvalidRequestStop, LogLevel.Error,
        "{Count} requests within 10 minutes were answered with 401, 403 or 429. Discord bans an address at 10,000, so no request is sent "
        + "for {Seconds} s. Look at the bot's permissions with `metricity check`, and for other programs that use this token")]
    private partial void LogInvalidRequestStop(int count, long seconds);
}
