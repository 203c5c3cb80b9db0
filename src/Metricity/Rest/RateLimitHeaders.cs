using System.Globalization;
using System.Net.Http.Headers;

namespace Metricity.Rest;

/// <summary>What an answer says of its bucket (docs, "Rate Limits: Header Format").</summary>
/// <param name="Bucket">Opaque id; null when the answer names none.</param>
/// <param name="Limit">Requests in a window, at least 1.</param>
/// <param name="Remaining">Requests left in this window.</param>
/// <param name="ResetAfter">Until the next window.</param>
internal sealed record RateLimitHeaders(string? Bucket, int Limit, int Remaining, TimeSpan ResetAfter)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan MaxWaitByClock = TimeSpan.FromMinutes(1);

    /// <summary>Null when the answer does not tell enough to count by.</summary>
    public static RateLimitHeaders? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (ReadCount(headers, "X-RateLimit-Remaining") is not { } remaining || ReadResetAfter(headers, time) is not { } resetAfter)
        {
            return null;
        }

        var limit = ReadCount(headers, "X-RateLimit-Limit") ?? remaining + 1;

        return new(First(headers, "X-RateLimit-Bucket"), Math.Max(limit, 1), remaining, resetAfter);
    }

    /// <summary>Reads seconds, whole or not. Null for anything that is no time to wait; more than a day counts as a day.</summary>
    public static TimeSpan? ReadSeconds(string? text) => ReadDecimal(text) is { } seconds ? ToWait(seconds) : null;

    /// <inheritdoc cref="ReadSeconds"/>
    public static TimeSpan? ToWait(double seconds) => double.IsFinite(seconds) && seconds >= 0
        ? TimeSpan.FromSeconds(Math.Min(seconds, MaxWait.TotalSeconds))
        : null;

    public static string? First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static TimeSpan? ReadResetAfter(HttpResponseHeaders headers, TimeProvider time)
    {
        if (ReadSeconds(First(headers, "X-RateLimit-Reset-After")) is { } resetAfter)
        {
            return resetAfter;
        }

        // A moment by Discord's clock: ours may differ, so it is believed for a minute only.
        if (ReadDecimal(First(headers, "X-RateLimit-Reset")) is not { } reset)
        {
            return null;
        }

        var seconds = reset - (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxWaitByClock.TotalSeconds));
    }

    private static int? ReadCount(HttpResponseHeaders headers, string name) =>
        int.TryParse(First(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static double? ReadDecimal(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;
}
