using Microsoft.Extensions.Logging;

namespace Metricity.Testing;

/// <summary>
/// One log call, with everything a sink could write of it: <c>Text</c> is the rendered message, <c>State</c> the named values (and the
/// template as <c>{OriginalFormat}</c>), <c>Scopes</c> each scope in force, rendered.
/// </summary>
public sealed record LogRecord(
    string Category,
    LogLevel Level,
    EventId EventId,
    string Text,
    IReadOnlyList<KeyValuePair<string, object?>> State,
    IReadOnlyList<string> Scopes,
    Exception? Exception)
{
    /// <summary>All of it in one string, for tests that look for what must not be in a log.</summary>
    public string Everything =>
        $"{Level} {Category} {EventId} {Text} {string.Join(' ', State)} {string.Join(' ', Scopes)} {Exception}";
}

/// <summary>Writes to the list of its provider. Made by <see cref="ListLoggerProvider"/>.</summary>
internal sealed class ListLogger(string category, ListLoggerProvider provider) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        return provider.Scopes.Push(state);
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        return logLevel != LogLevel.None && logLevel >= provider.Minimum;
    }

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var scopes = new List<string>();
        provider.Scopes.ForEachScope((scope, list) => list.Add(Render(scope)), scopes);
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? pairs.ToArray() : [];
        provider.Add(new LogRecord(category, logLevel, eventId, formatter(state, exception), values, scopes, exception));
    }

    private static string Render(object? scope)
    {
        return scope is IEnumerable<KeyValuePair<string, object?>> pairs ? $"{scope} {string.Join(' ', pairs)}" : scope?.ToString() ?? "";
    }
}
