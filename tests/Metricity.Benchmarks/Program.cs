using Metricity.Benchmarks;
using Metricity.Benchmarks.Load;

// The hidden verbs are the benchmarks' other ends, run as processes of their own so that neither their CPU nor their memory is counted.
var arguments = new Arguments(args);
switch (arguments.Verb)
{
    case "writer":
        return await WriterBenchmark.RunAsync(arguments) ? 0 : 1;
    case "decode":
        return await DecodeBenchmark.RunAsync(arguments) ? 0 : 1;
    case "latency":
        return await LatencyBenchmark.RunAsync(arguments) ? 0 : 1;
    case "sync":
        return await SyncBenchmark.RunAsync(arguments) ? 0 : 1;
    case "backfill":
        return await BackfillBenchmark.RunAsync(arguments) ? 0 : 1;
    case "telemetry":
        return await TelemetryBenchmark.RunAsync(arguments) ? 0 : 1;
    case "rollups":
        return await RollupBenchmark.RunAsync(arguments) ? 0 : 1;
    case "insights":
        return await InsightsBenchmark.RunAsync(arguments) ? 0 : 1;
    case LoadServer.Verb:
        return await LoadServer.RunAsync(arguments);
    case GuildServer.Verb:
        return await GuildServer.RunAsync(arguments);
    case OtlpSink.Verb:
        return await OtlpSink.RunAsync();
    default:
        Console.Error.WriteLine(
            "usage: Metricity.Benchmarks writer|decode|latency|sync|backfill|telemetry|rollups|insights [--rounds N] [--messages N] "
                + "(see README.md)");
        return 2;
}
