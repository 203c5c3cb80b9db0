using System.Diagnostics;

namespace Metricity.Testing;

/// <summary>Waits for a condition that has no signal of its own, such as rows in a table. Fails after a limit of 10 s.</summary>
public static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? limit = null)
    {
        return TrueAsync(() => Task.FromResult(condition()), what, limit);
    }

    /// <param name="condition">Asked again until it is true; its exceptions pass through.</param>
    /// <param name="what">What was waited for, in words, for the error.</param>
    /// <param name="limit">10 s when null.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > (limit ?? Limit))
            {
                throw new TimeoutException($"after {clock.Elapsed.TotalSeconds:0.0} s this is still not so: {what}");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until the value is the expected one; the error names the last one seen.</summary>
    public static async Task EqualAsync<T>(T expected, Func<Task<T>> actual, string what, TimeSpan? limit = null)
    {
        T last = default!;
        try
        {
            await TrueAsync(async () => EqualityComparer<T>.Default.Equals(last = await actual(), expected), what, limit);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}: expected {expected}, last seen {last}", error);
        }
    }
}
