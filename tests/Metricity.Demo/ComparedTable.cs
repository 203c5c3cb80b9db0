namespace Metricity.Demo;

/// <summary>What the comparison of one table found.</summary>
/// <param name="Matched">Rows that are as they should be.</param>
/// <param name="Expected">Rows there should be.</param>
/// <param name="Differences">A sentence for each row that is wrong, missing or too many.</param>
internal sealed record ComparedTable(string Name, int Matched, int Expected, IReadOnlyList<string> Differences);
