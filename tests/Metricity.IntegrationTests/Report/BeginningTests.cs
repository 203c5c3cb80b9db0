using Metricity.Testing;

namespace Metricity.IntegrationTests.Report;

/// <summary>Times from before anything was collected: not known, which is not zero.</summary>
public sealed class BeginningTests
{
    private const string Rows =
        """
        insert into channels (id, name, is_staff) values ('1', 'channel', false);
        insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            values ('2', 'user', '2026-01-03 10:00', '2026-01-01', false, false, true, false);
        insert into member_events (user_id, kind, at) values ('2', 'join', '2026-01-03 10:00');
        insert into messages (id, channel_id, author_id, created_at, is_deleted) values ('3', '1', '2', '2026-01-03 12:00', false);
        """;

    [Theory]
    [InlineData("select messages from insights.activity('2026-01-01', '2026-01-06')")]
    [InlineData("select messages from insights.activity('2026-01-01', '2026-01-06', channel => '1')")]
    [InlineData("select active_users from insights.activity('2026-01-01', '2026-01-06')")]
    [InlineData("select messages from insights.user_activity('2', '2026-01-01', '2026-01-06')")]
    [InlineData("select joins from insights.joins_and_leaves('2026-01-01', '2026-01-06')")]
    public async Task Days_before_the_first_row_are_not_known_and_those_after_it_are_zero(string sql)
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Rows);

        Assert.Equal(["?", "?", "1", "0", "0"], await database.ListAsync<string>(sql.Replace("select ", "select coalesce(", StringComparison.Ordinal)
            .Replace(" from", "::text, '?') from", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Empty_guild_without_a_ledger_knows_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();

        Assert.Equal(
            5, await database.ScalarAsync<long>("select count(*) from insights.activity('2026-01-01', '2026-01-06') where messages is null"));
        Assert.Equal(0, await database.CountAsync("insights.activity()"));
    }
}
