namespace Metricity.Testing;

/// <summary>What the comparison of one table found.</summary>
/// <param name="Matched">Rows that are as they should be.</param>
/// <param name="Expected">Rows there should be.</param>
/// <param name="Differences">One for each row that is wrong, missing or too many.</param>
public sealed record ComparedTable(string Name, int Matched, int Expected, IReadOnlyList<Difference> Differences);

/// <summary>One row that is not as it should be; prints as a sentence.</summary>
public sealed record Difference(string Table, string Id, string Text)
{
    public override string ToString() => $"{Table} {Id}: {Text}";
}
