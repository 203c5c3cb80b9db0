using System.Diagnostics;
using System.Globalization;
using Metricity.Benchmarks.Load;
using Metricity.Collect;
using Npgsql;

namespace Metricity.Benchmarks;

/// <summary>From a message's arrival to its commit at a quiet guild's rate, against a bare insert and commit in the same minute.</summary>
internal static class LatencyBenchmark
{
    private const int PerSecond = 5;
    private const double RequiredMilliseconds = 250;

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var messages = arguments.Number("messages", 300);
        Report.Title($"latency: {messages} messages at {PerSecond} a second, at random intervals, zlib-stream");
        await using var database = await Database.StartAsync();
        await database.AddParentsAsync();
        await using var server = await ChildProcess.StartAsync(
            LoadServer.Verb, "--count", messages.ToString(CultureInfo.InvariantCulture), "--per-second", $"{PerSecond}");
        var pipeline = new Pipeline(
            database.ConnectionString, new Uri($"ws://127.0.0.1:{server.Port}"), zlib: true, messages - 1, new CollectOptions());
        var running = pipeline.RunAsync();
        var bare = await InsertAsync(database, running);
        await running;
        await database.RequireMessagesAsync(messages);

        var commit = new Samples();
        foreach (var latency in pipeline.Latencies)
        {
            commit.Add(latency.TotalMilliseconds);
        }

        Show("arrival to commit", commit);
        Show("bare insert and commit of one row", bare);
        Report.Line("ratio of the medians", (commit.Median / bare.Median).ToString("0.0", CultureInfo.InvariantCulture));
        var report = new Report();
        report.Require($"p99 within {RequiredMilliseconds:0} ms", commit.Quantile(0.99) <= RequiredMilliseconds);

        return report.Met;
    }

    /// <summary>One row at a time over a connection of its own, a little out of step with the messages, until they end.</summary>
    private static async Task<Samples> InsertAsync(Database database, Task end)
    {
        await using var connection = await database.Tables.DataSource.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand("create table bare (id bigint primary key, at timestamp not null)", connection))
        {
            await create.ExecuteNonQueryAsync();
        }

        await using var insert = new NpgsqlCommand("insert into bare values ($1, now())", connection);
        var id = new NpgsqlParameter<long>();
        insert.Parameters.Add(id);
        await insert.PrepareAsync();
        var samples = new Samples();
        while (!end.IsCompleted)
        {
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(230)), end);
            id.TypedValue++;
            var started = Stopwatch.GetTimestamp();
            await insert.ExecuteNonQueryAsync();
            samples.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return samples;
    }

    private static void Show(string name, Samples samples) => Report.Line($"{name}, ms", string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {samples.Median:0.0}, p99 {samples.Quantile(0.99):0.0}, max {samples.Max:0.0} ({samples.Values.Count} measured)"));
}
