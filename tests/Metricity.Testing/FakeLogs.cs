using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Testing;

public static class FakeLogs
{
    /// <summary>The first record that fits, also one that was there before; waits for it at most 10 s.</summary>
    public static async Task<FakeLogRecord> WaitForAsync(this FakeLogCollector log, Func<FakeLogRecord, bool> wanted, TimeSpan? limit = null)
    {
        using var patience = new CancellationTokenSource(limit ?? Eventually.Limit);
        try
        {
            return await log.GetLogsAsync(patience.Token).FirstAsync(wanted);
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException("no such record was logged; there are:\n" + string.Join('\n', log.GetSnapshot()), error);
        }
    }

    /// <summary>All that a sink could write of it, in one string, for tests that look for what must not be in a log.</summary>
    public static string Everything(this FakeLogRecord record)
    {
        return $"{record.Level} {record.Category} {record.Id} {record.Message} {Render(record.State)} "
            + $"{string.Join(' ', record.Scopes.Select(Render))} {record.Exception}";
    }

    /// <summary>The state of a record has its values as strings, a scope has them as they were given.</summary>
    private static string Render(object? state) => state switch
    {
        IEnumerable<KeyValuePair<string, string?>> values => string.Join(' ', values),
        IEnumerable<KeyValuePair<string, object?>> values => $"{state} {string.Join(' ', values)}",
        _ => $"{state}",
    };
}
