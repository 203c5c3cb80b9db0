using System.Diagnostics;
using System.Globalization;
using Metricity.DiscordSimulator.Seed;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Benchmarks;

/// <summary>
/// The admins' questions over a seeded guild of 10 million messages: by schema <c>insights</c>, and by hand on the plain tables, for 30 days
/// and for all time, warm; and what the roll-ups cost on the disk.
/// </summary>
internal static class InsightsBenchmark
{
    private const double MostMilliseconds = 500;
    private const double MostDisk = 0.25;

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 5);
        var plainRounds = arguments.Number("plain-rounds", 1);
        if (arguments.Text("connection") is { } given)
        {
            return await MeasureAsync(given, rounds, plainRounds);
        }

        await using var cluster = await PostgresCluster.StartNewAsync(PostgresHostKind.Binaries);
        await using var database = await TestDatabase.CreateAsync(cluster);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await new SeedWriter(database.ConnectionString, "public", Console.WriteLine).WriteAsync(
            new GuildSeed(new GuildSeedOptions
            {
                Messages = arguments.Number("messages", 10_000_000),
                Days = 730,
                Users = arguments.Number("users", 100_000),
                Channels = arguments.Number("channels", 400),
                Threads = arguments.Number("threads", 50_000),
                Gaps = 4,
                Until = now.Date.AddHours(now.Hour),
            }),
            CancellationToken.None);

        return await MeasureAsync(database.ConnectionString, rounds, plainRounds);
    }

    private static async Task<bool> MeasureAsync(string connectionString, int rounds, int plainRounds)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync();
        var messages = await AskAsync<long>(connection, "select count(*) from messages");
        var user = await AskAsync<string>(connection, "select author_id from messages group by 1 order by count(*) desc limit 1");
        var channel = await AskAsync<string>(connection, "select channel_id from messages group by 1 order by count(*) desc limit 1");
        var month = await AskAsync<DateTime>(connection, "select date_trunc('hour', now() at time zone 'UTC') - interval '30 days'");
        Report.Title($"insights: {messages} messages, {rounds} rounds after a warm-up, {plainRounds} of the plain tables");
        var report = new Report();
        Report.Line("", "insights, ms | plain, ms | plain over insights | rows");
        foreach (var question in InsightsQuestion.All)
        {
            foreach (var since in question.HasPeriod ? new DateTime?[] { month, null } : [null])
            {
                var insights = new Samples();
                var plain = new Samples();
                var rows = 0;
                for (var round = -1; round < rounds; round++)
                {
                    (rows, var elapsed) = await TimeAsync(connection, question.Insights, since, user, channel);
                    Note(insights, round, elapsed);
                    if (plainRounds > 0 && round < plainRounds)
                    {
                        (_, elapsed) = await TimeAsync(connection, question.Plain, since, user, channel);
                        Note(plain, round, elapsed);
                    }
                }

                var name = question.HasPeriod ? $"{question.Name}, {(since is null ? "all time" : "30 days")}" : question.Name;
                var beside = plainRounds > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"{plain.Median:0} | {plain.Median / insights.Median:0.0}")
                    : "- | -";
                Report.Line(name, $"{insights.Show("0.0")} | {beside} | {rows}");
                if (insights.Median > MostMilliseconds)
                {
                    report.Require($"{name}: at most {MostMilliseconds} ms", met: false);
                }
            }
        }

        report.Require($"each answer in at most {MostMilliseconds} ms", report.Met);
        await DiskAsync(connection, report);

        return report.Met;
    }

    private static async Task DiskAsync(NpgsqlConnection connection, Report report)
    {
        const string TablesSql =
            """
            select relname, pg_table_size(oid), pg_indexes_size(oid) from pg_class
            where relkind = 'r' and relnamespace = 'public'::regnamespace and (relname like 'rollup\_%' or relname = 'messages')
            order by relname
            """;
        var rollups = 0L;
        var messages = 0L;
        await using var command = new NpgsqlCommand(TablesSql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (name, rows, indexes) = (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
            Report.Line($"{name}, rows and indexes, MB", $"{Megabytes(rows)} + {Megabytes(indexes)}");
            (messages, rollups) = name == "messages" ? (rows + indexes, rollups) : (messages, rollups + rows + indexes);
        }

        var part = (double)rollups / messages;
        Report.Line("roll-ups over messages with its indexes", part.ToString("0.000", CultureInfo.InvariantCulture));
        report.Require($"roll-ups take at most {MostDisk:0%} of messages with its indexes", rollups > 0 && part < MostDisk);
    }

    /// <summary>Rows, and milliseconds from the question to the last row read.</summary>
    private static async Task<(int Rows, double Elapsed)> TimeAsync(
        NpgsqlConnection connection, string sql, DateTime? since, string user, string channel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        AddIfAsked("since", since is { } at ? DateTime.SpecifyKind(at, DateTimeKind.Unspecified) : DBNull.Value);
        AddIfAsked("user", user);
        AddIfAsked("channel", channel);
        var started = Stopwatch.GetTimestamp();
        var rows = 0;
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                rows++;
            }
        }

        return (rows, Stopwatch.GetElapsedTime(started).TotalMilliseconds);

        void AddIfAsked(string name, object value)
        {
            if (sql.Contains('@' + name, StringComparison.Ordinal))
            {
                command.Parameters.AddWithValue(name, value);
            }
        }
    }

    private static async Task<T> AskAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);

        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static void Note(Samples samples, int round, double value)
    {
        if (round >= 0)
        {
            samples.Add(value);
        }
    }

    private static string Megabytes(long bytes) => (bytes / 1_000_000.0).ToString("0", CultureInfo.InvariantCulture);
}
