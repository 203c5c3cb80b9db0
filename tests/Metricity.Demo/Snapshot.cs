namespace Metricity.Demo;

/// <summary>How things stand at one moment.</summary>
/// <param name="Elapsed">Since the guild began to live.</param>
/// <param name="EventsPerSecond">Numbered events the simulator sent, over the last seconds.</param>
/// <param name="RowsPerSecond">Growth of the tables, over the last seconds.</param>
/// <param name="Tables">Rows by table.</param>
/// <param name="Lag">From the event to its commit: median of the last seconds; null before the first.</param>
/// <param name="WorstLag">The longest of the last seconds.</param>
/// <param name="Waiting">Events that are sent and not committed.</param>
/// <param name="CollectorBytes">Resident memory of the collector.</param>
/// <param name="CollectorCpu">Its share of one core, over the last seconds.</param>
/// <param name="Happenings">What happened last, oldest first.</param>
internal sealed record Snapshot(
    TimeSpan Elapsed,
    TimeSpan? Duration,
    double EventsPerSecond,
    double RowsPerSecond,
    IReadOnlyList<(string Table, long Rows)> Tables,
    TimeSpan? Lag,
    TimeSpan? WorstLag,
    long Waiting,
    long CollectorBytes,
    double CollectorCpu,
    IReadOnlyList<string> Happenings,
    string Psql);
