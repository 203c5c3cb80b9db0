using Metricity.Testing;

namespace Metricity.Chaos;

/// <summary>What a run found.</summary>
/// <param name="Wrong">Sentences; empty when all is as it should be.</param>
/// <param name="Tables">The comparison of all guilds.</param>
/// <param name="Summary">Lines for a report.</param>
internal sealed record ChaosResult(IReadOnlyList<string> Wrong, IReadOnlyList<ComparedTable> Tables, IReadOnlyList<string> Summary)
{
    public bool IsGood => Wrong.Count == 0;
}
