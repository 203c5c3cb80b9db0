using Microsoft.Extensions.Logging;

namespace Metricity.Testing;

/// <summary>
/// Keeps every log record in memory. Use it as a provider of a host, or through <see cref="Logger{T}"/> for one class.
/// Safe from any thread.
/// </summary>
public sealed class ListLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly Lock _lock = new();
    private readonly List<LogRecord> _records = [];
    private readonly List<(Func<LogRecord, bool> Wanted, TaskCompletionSource<LogRecord> Found)> _waiting = [];

    /// <summary>Lower levels are not kept. Default: everything is.</summary>
    public LogLevel Minimum { get; init; } = LogLevel.Trace;

    /// <summary>A copy of what came so far, in order.</summary>
    public IReadOnlyList<LogRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return _records.ToArray();
            }
        }
    }

    internal IExternalScopeProvider Scopes { get; private set; } = new LoggerExternalScopeProvider();

    public ILogger CreateLogger(string categoryName)
    {
        return new ListLogger(categoryName, this);
    }

    public ILogger<T> Logger<T>()
    {
        return new Logger<T>(new LoggerFactory([this]));
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider)
    {
        Scopes = scopeProvider;
    }

    /// <summary>The first record that fits, also one that was there before; waits for it at most 10 s.</summary>
    public async Task<LogRecord> WaitForAsync(Func<LogRecord, bool> wanted, TimeSpan? limit = null)
    {
        var found = new TaskCompletionSource<LogRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_records.Find(record => wanted(record)) is { } present)
            {
                return present;
            }

            _waiting.Add((wanted, found));
        }

        try
        {
            return await found.Task.WaitAsync(limit ?? Eventually.Limit);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException("no such record was logged; there are:\n" + string.Join('\n', Records.Select(r => r.Text)), error);
        }
    }

    public void Dispose()
    {
        // Records stay readable after the host that logged them is gone.
    }

    internal void Add(LogRecord record)
    {
        lock (_lock)
        {
            _records.Add(record);
            foreach (var (wanted, found) in _waiting)
            {
                if (wanted(record))
                {
                    found.TrySetResult(record);
                }
            }
        }
    }
}
