using System.Text;
using Metricity.IntegrationTests.Process;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>Traces and metrics of the program itself in an OTLP receiver.</summary>
public sealed class TraceTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Message_has_one_trace_from_the_event_to_the_commit(string protocol)
    {
        const string Header = "Bearer t0ken-of-the-receiver";
        await using var receiver = await OtlpReceiver.StartAsync(protocol == "grpc");
        await using var bed = await ProcessBed.CreateAsync();
        var headers = Path.GetTempFileName();
        await File.WriteAllTextAsync(headers, $"authorization={Header}\n");
        bed.Environment["Otlp__Endpoint"] = receiver.Address;
        bed.Environment["Otlp__Protocol"] = protocol;
        bed.Environment["Otlp__HeadersFile"] = headers;
        bed.Environment["Otlp__TraceRatio"] = "1";
        bed.Guild.AddChannel("general");
        var process = await bed.StartSyncedAsync();

        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await bed.AssertTruthAsync();
        Assert.Equal(0, await process.TerminateAsync());
        File.Delete(headers);

        var spans = receiver.Spans.ToList();
        var root = Assert.Single(spans, span => span.Name == "event MESSAGE_CREATE");
        var trace = spans.Where(span => span.TraceId == root.TraceId).OrderBy(span => span.StartedAt).ToList();
        Assert.Equal(["event MESSAGE_CREATE", "decode", "queue", "batch", "commit"], trace.Select(span => span.Name));
        Assert.Empty(root.ParentId);
        Assert.All(trace.Skip(1), span => Assert.Equal(root.SpanId, span.ParentId));
        Assert.All(trace, span => Assert.InRange(span.EndedAt, span.StartedAt, root.EndedAt));

        var batch = Assert.Single(
            spans, span => span.Name == "commit batch" && span.Links.Any(link => link == (root.TraceId, root.SpanId)));
        Assert.NotEqual(root.TraceId, batch.TraceId);
        Assert.Equal((batch.TraceId, batch.SpanId), Assert.Single(trace[^1].Links));

        Assert.Contains(
            receiver.Metrics, metrics => Encoding.UTF8.GetString(metrics).Contains("metricity.commits", StringComparison.Ordinal));
        Assert.All(receiver.Authorizations, value => Assert.Equal(Header, value));
        Assert.DoesNotContain("t0ken-of-the-receiver", process.Output + process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receiver_that_is_away_stops_nothing()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Otlp__Endpoint"] = "http://127.0.0.1:1";
        bed.Environment["Otlp__TraceRatio"] = "1";
        bed.Guild.AddChannel("general");
        var process = await bed.StartSyncedAsync();

        bed.Guild.PostMessage(bed.Guild.Channels[0]);

        await bed.AssertTruthAsync();
        Assert.Equal(0, await process.TerminateAsync());
    }
}
