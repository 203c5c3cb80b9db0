using System.Text.Json;

namespace Metricity.Rest;

/// <summary>One answer, read to its end. Lives no longer than the request: the body may hold content.</summary>
/// <param name="RetryAfter">From the header, whole seconds; the body of a 429 is more precise.</param>
/// <param name="Scope">Of a 429: <c>user</c>, <c>global</c>, <c>shared</c>; null when the answer does not tell.</param>
internal sealed record RestAnswer(int Status, byte[] Body, RateLimitHeaders? Limits, TimeSpan? RetryAfter, string? Scope)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Faults that pass by themselves: Discord's own, and 520 to 524 of the edge network (docs, "Opcodes and Status Codes").</summary>
    public bool IsTransientFault => Status is 500 or 502 or 503 or 504 or (>= 520 and <= 524);

    public static async Task<RestAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken) => new(
        (int)response.StatusCode,
        await response.Content.ReadAsByteArrayAsync(cancellationToken),
        RateLimitHeaders.Read(response.Headers, time),
        RateLimitHeaders.ReadSeconds(RateLimitHeaders.First(response.Headers, "Retry-After")),
        RateLimitHeaders.First(response.Headers, "X-RateLimit-Scope"));

    /// <summary>Reads Discord's error object; a body that is none gives one without values.</summary>
    public RestError ReadError()
    {
        try
        {
            var reader = new Utf8JsonReader(Body);

            return RestError.Read(ref reader);
        }
        catch (JsonException)
        {
            // An HTML or text page, as the edge network sends.
            return default;
        }
    }
}
