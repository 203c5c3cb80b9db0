using Metricity.Events;

namespace Metricity.Collect;

/// <summary>A step of a gap's or backfill's history, with what its page held.</summary>
/// <param name="Threads">Threads that the step found: their messages become parts of their own.</param>
internal sealed record HistoryProgress(HistoryStep Step, int Messages, int Vanished, IReadOnlyList<ThreadFacts> Threads);
