using Metricity.Events;

namespace Metricity.Rest;

/// <summary>
/// One bucket of Discord's for one top-level resource. While nothing is known of it one request goes at a time; then as many as the
/// window has left. Errs on the side of waiting: of two answers of one window the lower count is believed. Any thread may call.
/// </summary>
internal sealed class RateBucket
{
    private readonly TimeProvider _time;
    private readonly PriorityGate _gate;
    private int? _limit;
    private bool _isUnlimited;
    private int _remaining;
    private int _inFlight;
    private long? _resetAt;
    private long _pausedUntil;
    private bool _closed;

    public RateBucket(string id, Snowflake major, TimeProvider time)
    {
        Id = id;
        Major = major;
        _time = time;
        _gate = new(time, TryTake);
        _pausedUntil = time.GetTimestamp();
    }

    /// <summary>Discord's bucket id, or the route template as long as that is not known.</summary>
    public string Id { get; }

    public Snowflake Major { get; }

    /// <summary>Nothing would be lost by forgetting this bucket.</summary>
    public bool IsIdle => _gate.IsIdle(() => _inFlight == 0 && _pausedUntil <= Now && (_resetAt is null || _resetAt <= Now));

    private long Now => _time.GetTimestamp();

    /// <summary>Waits for a place; each one taken is given back by <see cref="Leave"/>.</summary>
    /// <returns>False when the bucket turned out to be another one: look it up again.</returns>
    public async Task<bool> EnterAsync(RestPriority priority, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(priority, cancellationToken);

        return !Volatile.Read(ref _closed);
    }

    /// <param name="answered">Discord itself answered, so missing <paramref name="headers"/> mean that it counts nothing here.</param>
    public void Leave(RateLimitHeaders? headers, bool answered) => _gate.Change(() =>
    {
        _inFlight--;

        if (headers is not null)
        {
            Learn(headers);
        }
        else if (_limit is null && answered)
        {
            _isUnlimited = true;
        }
        else if (_inFlight == 0 && _resetAt is null)
        {
            // A window was begun and no answer told of it: ask with one request again.
            _limit = null;
        }
    });

    /// <summary>Takes over what an answer said that came by way of another bucket object.</summary>
    public void Tell(RateLimitHeaders headers) => _gate.Change(() => Learn(headers));

    public void Pause(TimeSpan wait) => _gate.Change(() => _pausedUntil = Math.Max(_pausedUntil, _gate.After(wait)));

    /// <summary>Sends everyone who waits here to look up their bucket again.</summary>
    public void Close() => _gate.Change(() => Volatile.Write(ref _closed, true));

    private void Learn(RateLimitHeaders headers)
    {
        _remaining = _limit is null ? headers.Remaining : Math.Min(_remaining, headers.Remaining);
        _limit = headers.Limit;
        _isUnlimited = false;
        _resetAt = Math.Max(_resetAt ?? long.MinValue, _gate.After(headers.ResetAfter));
    }

    private TimeSpan TryTake()
    {
        var now = Now;

        if (_closed)
        {
            return TimeSpan.Zero;
        }

        if (_pausedUntil > now)
        {
            return _gate.Until(_pausedUntil);
        }

        if (_resetAt <= now)
        {
            _remaining = Math.Max(_limit!.Value - _inFlight, 0);
            _resetAt = null;
        }

        if (!_isUnlimited)
        {
            if (_limit is null ? _inFlight > 0 : _remaining == 0)
            {
                return _resetAt is { } reset ? _gate.Until(reset) : Timeout.InfiniteTimeSpan;
            }

            _remaining--;
        }

        _inFlight++;

        return TimeSpan.Zero;
    }
}
