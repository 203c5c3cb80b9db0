using System.Globalization;
using Metricity.Benchmarks.Load;
using Metricity.Collect;

namespace Metricity.Benchmarks;

/// <summary>Messages from socket to committed rows, without and with everything that watches the collector, in turns.</summary>
internal static class TelemetryBenchmark
{
    private const double RequiredPart = 0.95;

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 9);
        var messages = arguments.Number("messages", 100_000);
        Report.Title($"telemetry: {messages} messages, {rounds} rounds after a warm-up, zlib-stream");
        await using var database = await Database.StartAsync();
        await database.AddParentsAsync();
        await using var server = await ChildProcess.StartAsync(LoadServer.Verb, "--count", messages.ToString(CultureInfo.InvariantCulture));
        await using var sink = await ChildProcess.StartAsync(OtlpSink.Verb);
        var load = new Uri($"ws://127.0.0.1:{server.Port}");
        var receiver = new Uri($"http://127.0.0.1:{sink.Port}");
        Samples[] rate = [new(), new()];
        Samples[] cpu = [new(), new()];
        var scrapes = 0;

        for (var round = -1; round < rounds; round++)
        {
            // First off then on, next time first on then off: whoever comes second has no advantage over all.
            foreach (var isOn in round % 2 == 0 ? new[] { false, true } : [true, false])
            {
                await database.ResetAsync();
                await using var telemetry = isOn ? await FullTelemetry.StartAsync(receiver, Pipeline.StorageOf(database.ConnectionString)) : null;
                var pipeline = new Pipeline(database.ConnectionString, load, zlib: true, messages - 1, new CollectOptions(), telemetry);
                var before = Environment.CpuUsage.TotalTime;
                await pipeline.RunAsync();
                var used = Environment.CpuUsage.TotalTime - before;
                await database.RequireMessagesAsync(messages);
                if (round >= 0)
                {
                    rate[isOn ? 1 : 0].Add(messages / pipeline.Elapsed.TotalSeconds);
                    cpu[isOn ? 1 : 0].Add(used.TotalMicroseconds / messages);
                    scrapes += telemetry?.Scrapes ?? 0;
                }
            }
        }

        Report.Line("off, messages/s", rate[0].Show("0"));
        Report.Line("on, messages/s", rate[1].Show("0"));
        Report.Line("off, CPU of this process, µs a message", cpu[0].Show("0.00"));
        Report.Line("on, CPU of this process, µs a message", cpu[1].Show("0.00"));
        Report.Line("scrapes and probes while it was on", scrapes.ToString(CultureInfo.InvariantCulture));
        var ratio = rate[1].Over(rate[0]);
        Report.Line("on over off, throughput", ratio.Show("0.000"));
        Report.Line("on over off, CPU", cpu[1].Over(cpu[0]).Show("0.000"));
        var report = new Report();
        report.Require($"on: at least {RequiredPart:0%} of off", ratio.Median >= RequiredPart);

        return report.Met;
    }
}
