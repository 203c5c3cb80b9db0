using System.Text.Json;

namespace Metricity.Rest;

/// <summary>One answer, read to its end. Lives no longer than the request: the body may hold content.</summary>
/// <param name="Error">Discord's error object; without values when the answer is a success, or no JSON.</param>
/// <param name="RetryAfter">From the header, whole seconds; the body of a 429 is more precise.</param>
/// <param name="Scope">Of a 429: <c>user</c>, <c>global</c>, <c>shared</c>; null when the answer does not tell.</param>
internal sealed record RestAnswer(
    int Status, byte[] Body, RestError Error, RateLimitHeaders? Limits, TimeSpan? RetryAfter, string? Scope)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public bool IsRateLimited => Status == 429;

    /// <summary>Faults that pass by themselves: Discord's own, and 520 to 524 of the edge network before it.</summary>
    public bool IsTransientFault => Status is 500 or 502 or 503 or 504 or (>= 520 and <= 524);

    /// <summary>The token or its account is refused (docs, "Opcodes and Status Codes"); nothing sent with it can succeed.</summary>
    public bool IsRefusal => Status == 401 || Error.Code is 40001 or 40002 or 50014;

    public static async Task<RestAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);

        return new(
            (int)response.StatusCode,
            body,
            response.IsSuccessStatusCode ? default : ReadError(body),
            RateLimitHeaders.Read(response.Headers, time),
            RateLimitHeaders.ReadSeconds(RateLimitHeaders.First(response.Headers, "Retry-After")),
            RateLimitHeaders.First(response.Headers, "X-RateLimit-Scope"));
    }

    private static RestError ReadError(byte[] body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);

            return RestError.Read(ref reader);
        }
        catch (JsonException)
        {
            // An HTML or text page, as the edge network sends; the status says enough.
            return default;
        }
    }
}

/// <summary>Discord's error object without its text, which can quote the request (docs, "API Reference: Error Messages").</summary>
/// <param name="Code">0 = none.</param>
/// <param name="RetryAfter">Of a 429; null when absent.</param>
internal readonly record struct RestError(int Code, TimeSpan? RetryAfter, bool IsGlobal)
{
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static RestError Read(ref Utf8JsonReader reader)
    {
        var error = default(RestError);

        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isRetryAfter = reader.ValueTextEquals("retry_after"u8);
            var isGlobal = reader.ValueTextEquals("global"u8);
            reader.Read();

            if (isCode && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var code))
            {
                error = error with { Code = code };
            }
            else if (isRetryAfter && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds))
            {
                error = error with { RetryAfter = RateLimitHeaders.ToWait(seconds) };
            }
            else if (isGlobal)
            {
                error = error with { IsGlobal = reader.TokenType == JsonTokenType.True };
            }
            else
            {
                reader.Skip();
            }
        }

        return error;
    }
}
