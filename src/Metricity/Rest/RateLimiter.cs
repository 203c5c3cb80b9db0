using Metricity.Events;

namespace Metricity.Rest;

/// <summary>
/// Finds the bucket of each request and keeps what answers tell of it: buckets are counted by (bucket id, top-level resource), several
/// routes can share one, and a route can change its bucket (docs, "Rate Limits"). Any thread may call.
/// </summary>
internal sealed class RateLimiter(GlobalLimit global, TimeProvider time)
{
    private const int SweepAbove = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _bucketIds = [];
    private readonly Dictionary<(string Id, Snowflake Major), RateBucket> _buckets = [];
    private int _sweepAbove = SweepAbove;

    /// <summary>Waits until the request may be sent now. The bucket it counts in is given back by <see cref="Leave"/>.</summary>
    public async Task<RateBucket> EnterAsync(RestRoute route, RestPriority priority, CancellationToken cancellationToken)
    {
        RateBucket bucket;

        do
        {
            lock (_lock)
            {
                bucket = Find(_bucketIds.GetValueOrDefault(route.Template, route.Template), route.Major);
            }
        }
        while (!await bucket.EnterAsync(priority, cancellationToken));

        try
        {
            await global.EnterAsync(priority, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            bucket.Leave(headers: null, answered: false);

            throw;
        }

        return bucket;
    }

    /// <summary>Gives a place back, after what the answer says was taken to heart: nobody slips through in between.</summary>
    /// <param name="bucket">What <see cref="EnterAsync"/> gave.</param>
    /// <param name="answered">Whether Discord itself answered, with rate-limit headers or without.</param>
    /// <param name="pause">How long the bucket is to rest; null = as its count says.</param>
    public void Leave(RestRoute route, RateBucket bucket, RateLimitHeaders? headers, bool answered, TimeSpan? pause)
    {
        var target = bucket;

        if (headers?.Bucket is { } id && id != bucket.Id)
        {
            lock (_lock)
            {
                _bucketIds[route.Template] = id;
                _buckets.Remove((bucket.Id, bucket.Major));
                target = Find(id, bucket.Major);
            }

            target.Tell(headers);
        }

        if (pause is { } wait)
        {
            target.Pause(wait);
        }

        if (target != bucket)
        {
            bucket.Close();
        }

        bucket.Leave(headers, answered);
    }

    private RateBucket Find(string id, Snowflake major)
    {
        if (_buckets.TryGetValue((id, major), out var bucket))
        {
            return bucket;
        }

        if (_buckets.Count >= _sweepAbove)
        {
            Sweep();
        }

        return _buckets[(id, major)] = new(id, major, time);
    }

    /// <summary>Every thread that was ever read has a bucket: those that hold no knowledge any more are forgotten.</summary>
    private void Sweep()
    {
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.IsIdle)
            {
                _buckets.Remove(key);
            }
        }

        _sweepAbove = Math.Max(SweepAbove, _buckets.Count * 2);
    }
}
