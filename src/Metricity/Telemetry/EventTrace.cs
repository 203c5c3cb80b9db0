using System.Diagnostics;

namespace Metricity.Telemetry;

/// <summary>
/// The trace of one event from the socket to the commit: a root span, and below it one span for each step, the next beginning where the
/// last one ends. Handed from the reader to the writer with the event. Holds the event's type and nothing else of it.
/// </summary>
internal sealed class EventTrace
{
    private readonly Activity _root;
    private Activity? _step;

    public EventTrace(Activity root, string type)
    {
        _root = root;
        root.SetTag("metricity.event.type", type);
        Next("decode");
    }

    public ActivityContext Context => _root.Context;

    /// <summary>It waits for the writer now.</summary>
    public void Decoded() => Next("queue");

    /// <summary>It is in a batch now, which waits for its commit.</summary>
    public void Dequeued() => Next("batch");

    /// <param name="batch">The span of the whole batch's commit.</param>
    public void CommitBegins(ActivityContext batch, int events)
    {
        EventTracer.End(_step);
        _step = EventTracer.Start("commit", ActivityKind.Client, Context, new ActivityLink(batch));
        _step?.SetTag("db.system.name", "postgresql");
        _step?.SetTag("metricity.batch.events", events);
    }

    /// <param name="tries">Commits that were needed.</param>
    public void Committed(int tries)
    {
        _step?.SetTag("metricity.commit.tries", tries);
        EventTracer.End(_step);
        EventTracer.End(_root);
    }

    private void Next(string step)
    {
        EventTracer.End(_step);
        _step = EventTracer.Start(step, ActivityKind.Internal, Context);
    }
}
