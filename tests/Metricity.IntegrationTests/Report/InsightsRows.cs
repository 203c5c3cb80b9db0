using System.Collections;
using System.Globalization;
using Npgsql;

namespace Metricity.IntegrationTests.Report;

/// <summary>An answer as text, row by row, so that one that was computed and one that was read can be compared whole.</summary>
internal sealed class InsightsRows
{
    private readonly string[] _columns;
    private readonly List<string> _rows = [];

    /// <param name="columns">Names separated by a comma, in the order of the contract.</param>
    public InsightsRows(string columns)
    {
        _columns = columns.Split(", ");
    }

    public int Count => _rows.Count;

    public void Add(params object?[] values)
    {
        Assert.Equal(_columns.Length, values.Length);
        _rows.Add(string.Join(", ", values.Select((value, i) => $"{_columns[i]} {Text(value)}")));
    }

    public static async Task<InsightsRows> ReadAsync(NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(value is DateTime time
                ? new NpgsqlParameter { Value = DateTime.SpecifyKind(time, DateTimeKind.Unspecified) }
                : new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        await using var reader = await command.ExecuteReaderAsync();
        var rows = new InsightsRows(string.Join(", ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)));
        var found = new object[reader.FieldCount];
        while (await reader.ReadAsync())
        {
            reader.GetValues(found);
            rows.Add(found);
        }

        return rows;
    }

    /// <summary>The same columns and the same rows, in any order.</summary>
    public void ShouldBe(InsightsRows expected)
    {
        Assert.Equal(expected._columns, _columns);
        var missing = Rest(expected._rows, _rows);
        var wrong = Rest(_rows, expected._rows);
        Assert.True(
            missing.Count == 0 && wrong.Count == 0,
            $"{missing.Count} of {expected._rows.Count} rows are not there, {wrong.Count} others are. Expected:\n  "
                + string.Join("\n  ", missing.Take(5)) + "\nFound:\n  " + string.Join("\n  ", wrong.Take(5)));
    }

    /// <summary>As above, and in the same order.</summary>
    public void ShouldBeInOrder(InsightsRows expected)
    {
        ShouldBe(expected);
        Assert.Equal(expected._rows, _rows);
    }

    /// <summary>Rows of the one that the other has not, or has less often; ordered, so that pairs stand side by side.</summary>
    private static List<string> Rest(List<string> one, List<string> other)
    {
        var counts = other.CountBy(row => row).ToDictionary();
        var rest = new List<string>();
        foreach (var row in one)
        {
            if (counts.GetValueOrDefault(row) is var left && left > 0)
            {
                counts[row] = left - 1;
            }
            else
            {
                rest.Add(row);
            }
        }

        rest.Sort(StringComparer.Ordinal);

        return rest;
    }

    private static string Text(object? value) => value switch
    {
        null or DBNull => "-",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + " 00:00:00.000000",
        decimal number => (number / 1.000000000000000000000000m).ToString(CultureInfo.InvariantCulture), // without zeros at the end
        bool flag => flag ? "yes" : "no",
        string text => text,
        ulong id => id.ToString(CultureInfo.InvariantCulture),
        IEnumerable list => "[" + string.Join(' ', list.Cast<object>().Select(Text)) + "]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"{value.GetType()} in an answer"),
    };
}
