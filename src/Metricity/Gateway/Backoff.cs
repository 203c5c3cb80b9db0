namespace Metricity.Gateway;

/// <summary>
/// Capped exponential waits with jitter: the first is anywhere in [0, base), so that a lost connection is back at once yet not in
/// step with everybody else's; later ones are 50–100 % of base, 2 base, 4 base, … max. Used by one thread.
/// </summary>
internal sealed class Backoff(TimeSpan baseDelay, TimeSpan maxDelay, Random random)
{
    private int _step;

    public TimeSpan Next()
    {
        if (_step == 0)
        {
            _step = 1;
            return baseDelay * random.NextDouble();
        }

        var full = baseDelay * Math.Pow(2, Math.Min(_step, 30) - 1);
        if (full > maxDelay)
        {
            full = maxDelay;
        }

        _step++;
        return full * (0.5 + (random.NextDouble() / 2));
    }

    public void Reset()
    {
        _step = 0;
    }
}
