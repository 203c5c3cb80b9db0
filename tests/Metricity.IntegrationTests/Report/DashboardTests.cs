using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// Every query of every dashboard, as Grafana sends it, as the role that Grafana has, for two guilds: it runs, has the columns that the
/// panel wants, and answers with as many rows as there can be.
/// </summary>
[Collection(InsightsServer.Collection)]
public sealed class DashboardTests(InsightsServer server)
{
    private const string Role = "grafana";

    /// <summary>A table has an end, or one row for each channel (Discord: 500) or month.</summary>
    private const int MaxTableRows = 500;

    public static TheoryData<string, string> Dashboards
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in GrafanaDashboard.Files.Where(file => GrafanaDashboard.Read(file).Queries.Any()))
            {
                data.Add(file, "insights");
                data.Add(file, InsightsServer.GuildTwo);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Everything_that_was_collected_gives_an_answer_in_each_panel(string file, string guild)
    {
        var dashboard = GrafanaDashboard.Read(file);
        var seed = server.Seeds[guild];
        foreach (var step in new[] { "day", "month" })
        {
            var values = await ValuesAsync(dashboard, guild, channels =>
            {
                var busiest = $"{seed.Messages().CountBy(message => message.ChannelId).MaxBy(count => count.Value).Key}";

                return channels.Contains(busiest) ? busiest : channels[0];
            });
            values["step"] = step;
            await CheckAsync(dashboard, values, seed.Options.Since, seed.Options.Until, (query, answer) =>
            {
                Assert.True(answer.Rows.Count > 0, $"{query.Place}: no rows");
                if (query.Use == QueryUse.Series || answer.Rows.Count == 1)
                {
                    var empty = answer.Names.Where((_, i) => answer.Rows.TrueForAll(row => row[i] is null));
                    var mayHaveEmpty = query.Panel is null || Text(query, "type") == "table";
                    Assert.True(mayHaveEmpty || !empty.Any(), $"{query.Place}: {string.Join(", ", empty)}");
                }
            });
        }
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Range_that_a_dashboard_opens_with_bounds_what_is_read(string file, string guild)
    {
        var dashboard = GrafanaDashboard.Read(file);
        var to = server.Seeds[guild].Options.Until;
        var from = to - dashboard.Range;
        var values = await ValuesAsync(dashboard, guild, channels => channels[^1]);
        await CheckAsync(dashboard, values, from, to, (query, answer) =>
        {
            if (query.Use == QueryUse.Series)
            {
                // By month the first point is the month's first day, by another step the range's first hour.
                var first = GrafanaDashboard.From(query, from, to).AddMonths(-1);
                Assert.All(answer.Rows, row => Assert.InRange((DateTime)row[0]!, first, to));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Hours_and_another_time_zone_run_too(string file, string guild)
    {
        var dashboard = GrafanaDashboard.Read(file);
        var to = server.Seeds[guild].Options.Until;
        var from = to.AddHours(-50);
        var values = await ValuesAsync(dashboard, guild, channels => channels[0]);
        values["step"] = "hour";
        values["zone"] = "Asia/Kolkata";
        await CheckAsync(dashboard, values, from, to, (query, answer) =>
        {
            if (query.Use == QueryUse.Series && query.Sql.Contains("${step}", StringComparison.Ordinal))
            {
                Assert.Equal(50, answer.Rows.Count);
                Assert.Equal(from, ((DateTime)answer.Rows[0][0]!).ToUniversalTime());
            }
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1 ")]
    public async Task Member_that_nobody_knows_is_no_error(string member)
    {
        var dashboard = GrafanaDashboard.Read("member.json");
        var values = await ValuesAsync(dashboard, "insights", channels => channels[0]);
        values["member"] = member;
        var to = server.Seeds["insights"].Options.Until;

        await CheckAsync(dashboard, values, to - dashboard.Range, to, (query, answer) =>
        {
            if (query.Place is "Who" or "Where the member writes" or "Threads opened")
            {
                Assert.Empty(answer.Rows);
            }
        });
    }

    /// <summary>A dashboard's variables with values, those of queries as their queries list them.</summary>
    private async Task<Dictionary<string, string>> ValuesAsync(
        GrafanaDashboard dashboard, string guild, Func<IReadOnlyList<string>, string> choose)
    {
        var values = dashboard.Defaults();
        values["guild"] = guild;
        if (values.ContainsKey("member"))
        {
            values["member"] = $"{BusiestMember(server.Seeds[guild])}";
        }

        foreach (var query in dashboard.Queries.Where(query => query.Use == QueryUse.Variable))
        {
            var answer = await server.ReadAsync(Role, GrafanaDashboard.Fill(query, values, DateTime.UnixEpoch, DateTime.UnixEpoch));
            var listed = answer.Rows.Select(row => (string)row[0]!).ToList();
            if (query.Place == "guild")
            {
                Assert.Equal(["insights", InsightsServer.GuildTwo], listed);
            }
            else
            {
                values[query.Place] = choose(listed);
            }
        }

        return values;
    }

    private async Task CheckAsync(
        GrafanaDashboard dashboard,
        Dictionary<string, string> values,
        DateTime from,
        DateTime to,
        Action<DashboardQuery, QueryAnswer> check)
    {
        foreach (var query in dashboard.Queries)
        {
            var answer = await server.ReadAsync(Role, GrafanaDashboard.Fill(query, values, from, to));
            CheckColumns(query, answer);
            check(query, answer);
        }
    }

    private static void CheckColumns(DashboardQuery query, QueryAnswer answer)
    {
        Assert.Equal(answer.Columns.Count, answer.Names.Distinct().Count());
        Assert.DoesNotContain(answer.Columns, column => !column.IsPlain);
        if (query.Panel is { } panel)
        {
            Assert.Empty(GrafanaDashboard.NamedColumns(panel).Except(answer.Names).Select(name => $"{query.Place}: no column {name}"));
        }

        switch (query.Use)
        {
            case QueryUse.Variable:
                Assert.True(string.Join(' ', answer.Names) is "nspname" or "__value __text", query.Place);
                break;
            case QueryUse.Annotation:
                Assert.Equal(["time", "timeend", "text"], answer.Names);
                Assert.True(answer.Columns[0].IsTime && answer.Columns[1].IsTime);
                break;
            case QueryUse.Series:
                Assert.Equal("time", answer.Columns[0].Name);
                Assert.True(answer.Columns[0].IsTime, query.Place);
                Assert.NotEmpty(answer.Columns.Skip(1));
                Assert.All(answer.Columns.Skip(1), column => Assert.True(column.IsNumber, $"{query.Place}: {column}"));
                var times = answer.Rows.Select(row => (DateTime)row[0]!).ToList();
                Assert.Equal(times.Order(), times);
                Assert.Equal(times.Count, times.Distinct().Count());
                break;
            default:
                Assert.True(answer.Rows.Count <= MaxTableRows, $"{query.Place}: {answer.Rows.Count} rows");
                if (Text(query, "type") == "stat")
                {
                    Assert.True(answer is { Columns: [{ IsNumber: true }], Rows.Count: <= 1 }, query.Place);
                }

                break;
        }
    }

    private static string Text(DashboardQuery query, string name) => query.Panel!.Value.GetProperty(name).GetString()!;

    private static ulong BusiestMember(GuildSeed seed) =>
        seed.Messages().CountBy(message => message.AuthorId).MaxBy(count => count.Value).Key;
}
