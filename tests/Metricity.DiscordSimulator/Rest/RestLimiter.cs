using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Metricity.DiscordSimulator;

/// <summary>
/// Rate limits as Discord has them: a bucket for each route and top-level id, one for all, and the ban for too many invalid
/// requests. Under the world's lock.
/// </summary>
internal sealed class RestLimiter(SimRest rest, TimeProvider time, int seed)
{
    private readonly Dictionary<(string Template, ulong Top), Bucket> _buckets = [];
    private readonly Queue<DateTimeOffset> _invalid = new();
    private readonly Bucket _global = new();
    private int _generation;

    public DateTimeOffset? BannedUntil { get; set; }

    public int InvalidCount => _invalid.Count;

    /// <summary>Every bucket gets another id, and is empty.</summary>
    public void Rotate()
    {
        _generation++;
        _buckets.Clear();
    }

    public bool IsBanned()
    {
        if (BannedUntil is { } until && until <= time.GetUtcNow())
        {
            BannedUntil = null;
        }

        return BannedUntil is not null;
    }

    /// <summary>Takes a place in the buckets; the answer is what headers tell, or the 429 when there was none.</summary>
    public RestLimitState Take(RestCall call)
    {
        var now = time.GetUtcNow();
        var (limit, window) = rest.LimitOf(call.Template);
        var top = call.Ids.Length > 0 ? call.Ids[0] : 0;
        if (!_buckets.TryGetValue((call.Template, top), out var bucket))
        {
            bucket = _buckets[(call.Template, top)] = new Bucket();
        }

        var name = SimNames.Hash((ulong)HashCode(call.Template));
        if (!_global.Take(now, rest.GlobalLimit, TimeSpan.FromSeconds(1)))
        {
            return new RestLimitState(name, limit, bucket.Remaining(now, limit, window), bucket.End, _global.End - now, "global");
        }

        var allowed = bucket.Take(now, limit, window);
        return new RestLimitState(name, limit, bucket.Remaining(now, limit, window), bucket.End, allowed ? null : bucket.End - now, "user");
    }

    public void CountInvalid()
    {
        var now = time.GetUtcNow();
        _invalid.Enqueue(now);
        while (_invalid.Peek() < now - TimeSpan.FromMinutes(10))
        {
            _invalid.Dequeue();
        }

        if (_invalid.Count >= rest.InvalidRequestLimit)
        {
            BannedUntil = now + rest.BanDuration;
        }
    }

    public void WriteHeaders(HttpResponse response, RestLimitState state)
    {
        var now = time.GetUtcNow();
        var left = state.End > now ? state.End - now : TimeSpan.Zero;
        var reset = (now + left + rest.ResetSkew - DateTimeOffset.UnixEpoch).TotalSeconds;
        response.Headers["X-RateLimit-Limit"] = state.Limit.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-RateLimit-Remaining"] = state.Remaining.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-RateLimit-Reset"] = reset.ToString("F3", CultureInfo.InvariantCulture);
        response.Headers["X-RateLimit-Reset-After"] = left.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        response.Headers["X-RateLimit-Bucket"] = state.Bucket;
    }

    /// <summary>The 429 itself: headers and body.</summary>
    public static byte[] Refuse(HttpResponse response, TimeSpan wait, string scope)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        response.Headers["X-RateLimit-Scope"] = scope;
        if (scope == "global")
        {
            response.Headers["X-RateLimit-Global"] = "true";
        }

        var seconds = wait.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        var global = scope == "global" ? "true" : "false";
        return Encoding.UTF8.GetBytes($$"""{"message": "You are being rate limited.", "retry_after": {{seconds}}, "global": {{global}}}""");
    }

    private long HashCode(string template)
    {
        var hash = (seed * 31L) + _generation + 17;
        foreach (var c in template)
        {
            hash = (hash * 31) + c;
        }

        return hash;
    }

    private sealed class Bucket
    {
        private int _used;

        public DateTimeOffset End { get; private set; }

        public bool Take(DateTimeOffset now, int limit, TimeSpan window)
        {
            if (now >= End)
            {
                End = now + window;
                _used = 0;
            }

            return ++_used <= limit;
        }

        public int Remaining(DateTimeOffset now, int limit, TimeSpan window)
        {
            if (now >= End)
            {
                End = now + window;
                _used = 0;
            }

            return Math.Max(0, limit - _used);
        }
    }
}

/// <summary>State of a bucket after a request; <c>Wait</c> is set when it was one too many.</summary>
internal readonly record struct RestLimitState(string Bucket, int Limit, int Remaining, DateTimeOffset End, TimeSpan? Wait, string Scope);
