using System.Globalization;
using Metricity.Benchmarks.Load;
using Metricity.Collect;

namespace Metricity.Benchmarks;

/// <summary>Messages from socket to committed rows, against the insert statement alone.</summary>
internal static class WriterBenchmark
{
    private const double RequiredPart = 0.8;

    /// <summary>Sixty times the 500 messages a second of the Python original.</summary>
    private const double RequiredRate = 60 * 500;

    private static readonly int[] StatementSizes = [500, 1_000, 2_000, 5_000];

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 7);
        var messages = arguments.Number("messages", 100_000);
        var ingest = new CollectOptions { BatchSize = arguments.Number("batch", new CollectOptions().BatchSize) };
        Report.Title($"writer: {messages} messages, {rounds} rounds after a warm-up, batches of up to {ingest.BatchSize}");
        await using var database = await Database.StartAsync();
        await database.AddParentsAsync();
        await using var server = await ChildProcess.StartAsync(LoadServer.Verb, "--count", messages.ToString(CultureInfo.InvariantCulture));
        var address = new Uri($"ws://127.0.0.1:{server.Port}");
        var drivers = StatementSizes.Select(size => new InsertDriver(messages, size)).ToArray();
        var statement = StatementSizes.Select(_ => new Samples()).ToArray();
        var plain = new Samples();
        var zlib = new Samples();
        var batchRows = new Samples();
        var statementCpu = new Samples();
        var zlibCpu = new Samples();
        var plainCpu = new Samples();

        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < drivers.Length; i++)
            {
                await database.ResetAsync();
                var cpu = Environment.CpuUsage.TotalTime;
                var elapsed = await drivers[i].RunAsync(database.Tables.DataSource);
                Note(statementCpu, i == 1 ? round : -1, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / messages);
                await database.RequireMessagesAsync(messages);
                Note(statement[i], round, messages / elapsed.TotalSeconds);
                if (i % 2 == 1)
                {
                    var pipeline = new Pipeline(database.ConnectionString, address, zlib: i == 1, messages - 1, ingest);
                    await database.ResetAsync();
                    cpu = Environment.CpuUsage.TotalTime;
                    await pipeline.RunAsync();
                    Note(i == 1 ? zlibCpu : plainCpu, round, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / messages);
                    await database.RequireMessagesAsync(messages);
                    Note(i == 1 ? zlib : plain, round, messages / pipeline.Elapsed.TotalSeconds);
                    Note(batchRows, round, (double)messages / pipeline.Commits);
                }
            }
        }

        for (var i = 0; i < drivers.Length; i++)
        {
            Report.Line($"statement alone, {StatementSizes[i]} rows a transaction, rows/s", statement[i].Show("0"));
        }

        Report.Line("socket to commit, zlib-stream, messages/s", zlib.Show("0"));
        Report.Line("socket to commit, plain, messages/s", plain.Show("0"));
        Report.Line("rows in a transaction of these", batchRows.Show("0"));
        Report.Line("CPU of this process, statement at 1000 rows, µs a row", statementCpu.Show("0.0"));
        Report.Line("CPU of this process, socket to commit, zlib-stream, µs a message", zlibCpu.Show("0.0"));
        Report.Line("CPU of this process, socket to commit, plain, µs a message", plainCpu.Show("0.0"));
        var best = statement.MaxBy(samples => samples.Median)!;
        var report = new Report();
        foreach (var (name, samples) in new[] { ("zlib-stream", zlib), ("plain", plain) })
        {
            Report.Line($"{name} over the statement at 1000 rows", samples.Over(statement[1]).Show("0.00"));
            var ratio = samples.Over(best);
            Report.Line($"{name} over the statement at its best size", ratio.Show("0.00"));
            report.Require($"{name}: at least {RequiredPart:0%} of the statement at its best size", ratio.Median >= RequiredPart);
            report.Require($"{name}: at least {RequiredRate:0} messages/s", samples.Median >= RequiredRate);
        }

        return report.Met;
    }

    private static void Note(Samples samples, int round, double value)
    {
        if (round >= 0)
        {
            samples.Add(value);
        }
    }
}
