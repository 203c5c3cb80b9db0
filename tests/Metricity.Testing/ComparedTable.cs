namespace Metricity.Testing;

/// <summary>What the comparison of one table found.</summary>
/// <param name="Matched">Rows that are as they should be.</param>
/// <param name="Expected">Rows there should be.</param>
/// <param name="Differences">One for each row that is wrong, missing or too many.</param>
public sealed record ComparedTable(string Name, int Matched, int Expected, IReadOnlyList<Difference> Differences);

/// <summary>One row that is not as it should be; prints as a sentence.</summary>
/// <param name="Stored">The row as text; null when it is missing.</param>
/// <param name="Expected">What it should be; null when it should not be there.</param>
public sealed record Difference(string Table, string Id, string? Stored, string? Expected)
{
    public override string ToString() => $"{Table} {Id}: " + (Stored is null ? $"missing; it should be {Expected}"
        : Expected is null ? $"should not be there: {Stored}"
        : $"stored is {Stored}; it should be {Expected}");
}
