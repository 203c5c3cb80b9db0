namespace Metricity.DiscordSimulator;

/// <summary>Limits, and what a test can make REST do. A template of null means any route.</summary>
public sealed partial class SimRest
{
    private readonly Dictionary<string, (int Limit, TimeSpan Window)> _limits = new(StringComparer.Ordinal)
    {
        ["channels/{id}/messages"] = (5, TimeSpan.FromSeconds(1)),
        ["channels/{id}/threads/archived/public"] = (5, TimeSpan.FromSeconds(1)),
        ["channels/{id}/threads/archived/private"] = (5, TimeSpan.FromSeconds(1)),
        ["guilds/{id}/members"] = (10, TimeSpan.FromSeconds(5)),
    };

    private readonly List<RestFault> _faults = [];

    /// <summary>Whether requests are limited at all. 429s that a test asks for come anyway.</summary>
    public bool RateLimits { get; set; }

    /// <summary>Requests per second over all routes. Default 50.</summary>
    public int GlobalLimit { get; set; } = 50;

    /// <summary>Limit of routes without one of their own. Default 10 in 1 s.</summary>
    public (int Limit, TimeSpan Window) DefaultLimit { get; set; } = (10, TimeSpan.FromSeconds(1));

    /// <summary>Invalid requests in ten minutes that lead to a ban. Default 10,000.</summary>
    public int InvalidRequestLimit { get; set; } = 10_000;

    /// <summary>How long the ban lasts; Discord's length is not known. Default 1 h.</summary>
    public TimeSpan BanDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>No X-RateLimit headers at all, though the limits hold.</summary>
    public bool OmitRateLimitHeaders { get; set; }

    /// <summary>Added to X-RateLimit-Reset, so that it disagrees with Reset-After as under clock skew.</summary>
    public TimeSpan ResetSkew { get; set; }

    /// <summary>Archived lists say <c>has_more</c> whenever the page is full, so that an empty page may follow.</summary>
    public bool HasMoreIsGuessed { get; set; }

    /// <summary>Called with the template before each request is answered, e.g. to change the world between two pages.</summary>
    public Action<string>? BeforeAnswer { get; set; }

    /// <summary>429s sent.</summary>
    public int RateLimitedCount { get; private set; }

    /// <summary>Another limit for a route; each top-level id has a bucket of its own.</summary>
    public void SetLimit(string template, int limit, TimeSpan window)
    {
        lock (_world.Gate)
        {
            _limits[Normal(template)] = (limit, window);
        }
    }

    /// <summary>All buckets get new ids.</summary>
    public void RotateBuckets()
    {
        lock (_world.Gate)
        {
            _limiter.Rotate();
        }
    }

    /// <summary>Any status, with a JSON error body.</summary>
    public void Fail(string? template, int status, int times = 1, int code = 0)
    {
        Add(new RestFault(RestFaultKind.Status, template, times) { Status = status, Code = code });
    }

    /// <summary>Any status, with an HTML body.</summary>
    public void FailWithHtml(string? template, int status, int times = 1)
    {
        Add(new RestFault(RestFaultKind.NotJson, template, times) { Status = status });
    }

    /// <summary>429. Scopes: <c>user</c>, <c>global</c>, <c>shared</c>, and <c>cloudflare</c> (HTML, no Via header).</summary>
    public void RateLimitNext(string scope, TimeSpan retryAfter, string? template = null, int times = 1)
    {
        Add(new RestFault(RestFaultKind.RateLimit, template, times) { Scope = scope, Wait = retryAfter });
    }

    /// <summary>TCP is dropped before the answer, or in the middle of its body.</summary>
    public void ResetConnection(string? template = null, int times = 1, bool midBody = false)
    {
        Add(new RestFault(midBody ? RestFaultKind.ResetMidBody : RestFaultKind.Reset, template, times));
    }

    /// <summary>The second half of the body comes this much later.</summary>
    public void SlowBody(TimeSpan delay, string? template = null, int times = 1)
    {
        Add(new RestFault(RestFaultKind.SlowBody, template, times) { Wait = delay });
    }

    /// <summary>A complete HTTP answer whose JSON breaks off in the middle.</summary>
    public void TruncateJson(string? template = null, int times = 1)
    {
        Add(new RestFault(RestFaultKind.TruncatedJson, template, times));
    }

    /// <summary>Faults that were asked for and have not met a request yet.</summary>
    public int PendingFaults
    {
        get
        {
            lock (_world.Gate)
            {
                return _faults.Sum(fault => fault.Left);
            }
        }
    }

    /// <summary>Forgets the faults that have not met a request yet.</summary>
    public void ClearFaults()
    {
        lock (_world.Gate)
        {
            _faults.Clear();
        }
    }

    /// <summary>Cloudflare's ban, as after too many invalid requests.</summary>
    public void Ban(TimeSpan duration)
    {
        lock (_world.Gate)
        {
            _limiter.BannedUntil = _world.Now + duration;
        }
    }

    internal (int Limit, TimeSpan Window) LimitOf(string template)
    {
        return _limits.TryGetValue(template, out var limit) ? limit : DefaultLimit;
    }

    private void Add(RestFault fault)
    {
        lock (_world.Gate)
        {
            _faults.Add(fault);
        }
    }

    private RestFault? TakeFault(string template)
    {
        var fault = _faults.Find(candidate => candidate.Template is null || Normal(candidate.Template) == template);
        if (fault is not null && --fault.Left <= 0)
        {
            _faults.Remove(fault);
        }

        return fault;
    }
}
