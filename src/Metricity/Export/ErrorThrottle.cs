namespace Metricity.Export;

/// <summary>
/// Lets one report of a kind through every five minutes, so that an outage does not use up Sentry's quota (5,000 a month in its free
/// plan). Any thread may call.
/// </summary>
internal sealed class ErrorThrottle(TimeProvider time)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    /// <summary>Kinds are constants of the code, some dozens; the bound is for those of libraries. Beyond it nothing new passes.</summary>
    private const int MaxKinds = 500;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    public bool Lets(string kind)
    {
        lock (_lock)
        {
            var isKnown = _last.TryGetValue(kind, out var last);
            if (isKnown ? time.GetElapsedTime(last) < Rest : _last.Count >= MaxKinds)
            {
                return false;
            }

            _last[kind] = time.GetTimestamp();

            return true;
        }
    }
}
