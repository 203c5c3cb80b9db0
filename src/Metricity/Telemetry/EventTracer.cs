using System.Diagnostics;

namespace Metricity.Telemetry;

/// <summary>
/// Picks the events of a shard that are traced and starts their traces; used by the shard's reader alone. Where no traces are exported
/// there is no tracer, and an event costs nothing.
/// </summary>
/// <param name="ratio">Part of the events that is traced, 0 to 1: at 0.01 every hundredth.</param>
internal sealed class EventTracer(double ratio)
{
    public const string SourceName = "Metricity";

    /// <summary>At this sum of steps an event is due. Whole numbers, for a sum of fractions drifts.</summary>
    private const long Due = 1L << 32;

    private static readonly ActivitySource Source = new(SourceName);

    private readonly long _step = (long)Math.Ceiling(ratio * Due);

    /// <summary>The first event is traced, so that a new set-up shows something at once.</summary>
    private long _sum = Due - (long)Math.Ceiling(ratio * Due);

    /// <summary>Null for an event that is not traced.</summary>
    /// <param name="type">From a closed set.</param>
    public EventTrace? Begin(string type)
    {
        _sum += _step;
        if (_step == 0 || _sum < Due)
        {
            return null;
        }

        _sum -= Due;
        if (!Source.HasListeners())
        {
            return null;
        }

        return Start($"event {type}", ActivityKind.Consumer, default) is { } root ? new EventTrace(root, type) : null;
    }

    /// <summary>Null when none of the batch's events is traced.</summary>
    public static CommitTrace? BeginCommit(IReadOnlyList<EventTrace> traces, int events) =>
        traces.Count > 0 && Source.HasListeners() ? new CommitTrace(traces, events) : null;

    /// <summary>
    /// Starts a span that no other code sees as the current one: reader and writer go on to other events, and the drivers below them
    /// must not add to it.
    /// </summary>
    internal static Activity? Start(string name, ActivityKind kind, ActivityContext parent, params IEnumerable<ActivityLink> links)
    {
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            return Source.StartActivity(name, kind, parent, tags: null, links);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    internal static void End(Activity? span)
    {
        var current = Activity.Current;
        span?.Stop();
        Activity.Current = current;
    }
}
