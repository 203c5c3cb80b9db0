namespace Metricity.Testing;

/// <summary>Something that happens once and that a test waits for, at most 10 s. Safe from any thread.</summary>
public sealed class Signal(string what)
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSet => _source.Task.IsCompleted;

    public void Set()
    {
        _source.TrySetResult();
    }

    public async Task WaitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _source.Task.WaitAsync(limit ?? Eventually.Limit);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"this did not happen in time: {what}", error);
        }
    }
}
