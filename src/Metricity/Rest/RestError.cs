using System.Text.Json;

namespace Metricity.Rest;

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
