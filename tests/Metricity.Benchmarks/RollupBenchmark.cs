using System.Globalization;
using Metricity.Benchmarks.Load;
using Metricity.Collect;

namespace Metricity.Benchmarks;

/// <summary>Messages from socket to committed rows, without and with the triggers that keep the roll-ups, in turns.</summary>
internal static class RollupBenchmark
{
    private const double RequiredPart = 0.75;

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 9);
        var messages = arguments.Number("messages", 100_000);
        var burst = arguments.Number("burst", LoadPlan.Burst);
        Report.Title($"rollups: {messages} messages, {burst} in a row by one author in one thread, {rounds} rounds after a warm-up, zlib-stream");
        await using var database = await Database.StartAsync();
        await database.AddParentsAsync();
        await using var server = await ChildProcess.StartAsync(
            LoadServer.Verb, "--count", messages.ToString(CultureInfo.InvariantCulture), "--burst", burst.ToString(CultureInfo.InvariantCulture));
        var load = new Uri($"ws://127.0.0.1:{server.Port}");
        Samples[] rate = [new(), new()];

        for (var round = -1; round < rounds; round++)
        {
            // First off then on, next time first on then off: whoever comes second has no advantage over all.
            foreach (var isOn in round % 2 == 0 ? new[] { false, true } : [true, false])
            {
                await database.ResetAsync();
                await database.SwitchRollupsAsync(isOn);
                var pipeline = new Pipeline(database.ConnectionString, load, zlib: true, messages - 1, new CollectOptions());
                await pipeline.RunAsync();
                await database.RequireMessagesAsync(messages);
                if (isOn)
                {
                    await database.RequireRollupsAsync(messages);
                }

                if (round >= 0)
                {
                    rate[isOn ? 1 : 0].Add(messages / pipeline.Elapsed.TotalSeconds);
                }
            }
        }

        Report.Line("off, messages/s", rate[0].Show("0"));
        Report.Line("on, messages/s", rate[1].Show("0"));
        var ratio = rate[1].Over(rate[0]);
        Report.Line("on over off, throughput", ratio.Show("0.000"));
        var report = new Report();
        report.Require($"on: more than {RequiredPart:0%} of off", ratio.Median > RequiredPart);

        return report.Met;
    }
}
