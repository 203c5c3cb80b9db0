using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

public sealed class InsightsCommandTests
{
    [Fact]
    public async Task Rebuild_tells_whether_counts_were_wrong_and_mends_them()
    {
        await using var database = await TestDatabase.CreateAsync();
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Metricity"] = database.ConnectionString,
            ["Guilds__0__Id"] = "267624335836053506",
        };
        await database.ExecuteAsync(
            """
            insert into channels (id, name, is_staff) values ('1', 'channel', false);
            insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
                values ('2', 'user', '2026-01-01', '2026-01-01', false, false, true, false);
            insert into messages (id, channel_id, author_id, created_at, is_deleted) values ('3', '1', '2', '2026-01-01 08:30', false);
            """);

        (await RebuildAsync()).Says(0);
        Assert.Contains("guild 267624335836053506: all counts were right", (await RebuildAsync()).Output, StringComparison.Ordinal);
        await database.ExecuteAsync("update rollup_hours set messages = 7");
        Assert.Contains("2 counts were wrong, and are right now", (await RebuildAsync()).Output, StringComparison.Ordinal);

        Assert.Equal(1, await database.ScalarAsync<int>("select messages from rollup_hours"));
        Assert.Contains("all counts were right", (await RebuildAsync()).Output, StringComparison.Ordinal);
        (await MetricityProcess.RunAsync(environment, "insights", "rebuild", "--guild", "1")).Says(2, "--guild: 1 is not in the settings");

        Task<FinishedProcess> RebuildAsync() => MetricityProcess.RunAsync(environment, "insights", "rebuild");
    }
}
