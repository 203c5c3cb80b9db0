using System.Diagnostics;
using Metricity.Telemetry;

namespace Metricity.Tests.Telemetry;

public sealed class EventTracerTests
{
    private readonly List<Activity> _ended = [];

    [Fact]
    public void Event_costs_no_memory_while_nobody_listens_or_it_is_not_chosen()
    {
        var silent = new EventTracer(1);
        silent.Begin("warm-up");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Null(silent.Begin("MESSAGE_CREATE"));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        using var listener = Listen();
        var rare = new EventTracer(0);
        rare.Begin("warm-up");
        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Null(rare.Begin("MESSAGE_CREATE"));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(0.1, 10)]
    [InlineData(0.25, 25)]
    [InlineData(0, 0)]
    public void Ratio_chooses_so_many_and_the_first(double ratio, int expected)
    {
        using var listener = Listen();
        var tracer = new EventTracer(ratio);

        var chosen = Enumerable.Range(0, 100).Select(_ => tracer.Begin("MESSAGE_CREATE") is not null).ToList();

        Assert.Equal(expected, chosen.Count(isChosen => isChosen));
        Assert.Equal(ratio > 0, chosen[0]);
    }

    [Fact]
    public void Commit_belongs_to_each_events_trace_and_is_linked_with_the_batchs()
    {
        using var listener = Listen();
        var tracer = new EventTracer(1);
        EventTrace[] traces = [tracer.Begin("MESSAGE_CREATE")!, tracer.Begin("GUILD_MEMBER_ADD")!];
        foreach (var trace in traces)
        {
            trace.Decoded();
            trace.Dequeued();
        }

        var commit = EventTracer.BeginCommit(traces, 7)!;
        commit.Retried();
        commit.Committed();

        Assert.Null(Activity.Current);
        var batch = Assert.Single(_ended, span => span.DisplayName == "commit batch");
        Assert.Equal(traces.Select(trace => trace.Context.SpanId), batch.Links.Select(link => link.Context.SpanId));
        Assert.Equal(2, batch.GetTagItem("metricity.commit.tries"));
        var commits = _ended.Where(span => span.DisplayName == "commit").ToList();
        Assert.Equal(traces.Select(trace => trace.Context.SpanId), commits.Select(span => span.ParentSpanId));
        Assert.All(commits, span => Assert.Equal(batch.SpanId, Assert.Single(span.Links).Context.SpanId));
        Assert.Equal(2 * 5 + 1, _ended.Count);
        Assert.Null(EventTracer.BeginCommit([], 7));
    }

    /// <summary>xunit runs the tests of a class one after another, and no other class of this project starts spans.</summary>
    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EventTracer.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(listener);

        return listener;
    }
}
