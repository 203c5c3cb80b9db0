using System.Collections.Concurrent;

namespace Metricity.Rest;

/// <summary>What the REST client did since the start: counters for metrics and tests. Any thread may read and write.</summary>
internal sealed class RestStatus
{
    private readonly ConcurrentDictionary<(string Route, int Status), long> _answers = new();
    private readonly ConcurrentDictionary<string, long> _rateLimits = new();
    private long _retries;
    private long _skippedElements;

    /// <summary>Attempts that were sent again after a fault; waits for rate limits are not among them.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Elements of lists that could not be read and were left out.</summary>
    public long SkippedElements => Interlocked.Read(ref _skippedElements);

    /// <summary>Answers by route template and HTTP status; status 0 = no answer came.</summary>
    public IReadOnlyDictionary<(string Route, int Status), long> Answers => _answers;

    /// <summary>Answers 429 by scope: <c>user</c>, <c>global</c>, <c>shared</c>, <c>edge</c>.</summary>
    public IReadOnlyDictionary<string, long> RateLimits => _rateLimits;

    public void CountAnswer(string route, int status) => _answers.AddOrUpdate((route, status), 1, static (_, count) => count + 1);

    public void CountRateLimit(string scope) => _rateLimits.AddOrUpdate(scope, 1, static (_, count) => count + 1);

    public void CountRetry() => Interlocked.Increment(ref _retries);

    public void CountSkippedElements(long count) => Interlocked.Add(ref _skippedElements, count);
}
