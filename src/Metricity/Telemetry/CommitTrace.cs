using System.Diagnostics;

namespace Metricity.Telemetry;

/// <summary>
/// The commit of a batch that holds traced events. A batch belongs to many events, so its span is a trace of its own, linked with theirs;
/// each event's trace gets a commit span too, which takes the same time and is linked with the batch's.
/// </summary>
internal sealed class CommitTrace
{
    /// <summary>OpenTelemetry's own limit for the links of a span.</summary>
    private const int MaxLinks = 128;

    private readonly IReadOnlyList<EventTrace> _traces;
    private readonly Activity? _batch;
    private int _tries = 1;

    public CommitTrace(IReadOnlyList<EventTrace> traces, int events)
    {
        _traces = traces;
        _batch = EventTracer.Start(
            "commit batch", ActivityKind.Client, default, traces.Take(MaxLinks).Select(trace => new ActivityLink(trace.Context)));
        _batch?.SetTag("db.system.name", "postgresql");
        _batch?.SetTag("metricity.batch.events", events);
        foreach (var trace in traces)
        {
            trace.CommitBegins(_batch?.Context ?? default, events);
        }
    }

    public void Retried() => _tries++;

    public void Committed()
    {
        foreach (var trace in _traces)
        {
            trace.Committed(_tries);
        }

        _batch?.SetTag("metricity.commit.tries", _tries);
        EventTracer.End(_batch);
    }
}
