namespace Metricity.Chaos;

/// <summary>All kinds of faults there are.</summary>
internal static class Faults
{
    public static IReadOnlyList<Fault> All { get; } =
        [.. ProcessFaults.All, .. DatabaseFaults.All, .. GatewayFaults.All, .. RestFaults.All, .. GuildFaults.All];

    public static IReadOnlyList<Fault> Chosen(ChaosOptions options) =>
    [
        .. All.Where(fault => (options.Lossy || !fault.LosesEvents)
            && (options.Only.Count == 0 || options.Only.Any(word => Named(fault, word)))),
    ];

    private static bool Named(Fault fault, string word) =>
        fault.Name.Contains(word, StringComparison.OrdinalIgnoreCase) || fault.Lane.ToString().Equals(word, StringComparison.OrdinalIgnoreCase);
}
