using Metricity.Testing;

namespace Metricity.IntegrationTests.Report;

/// <summary>The score of <c>insights.newcomers</c> at its limits: what is shown rounded is judged exactly.</summary>
public sealed class NewcomerScoreTests
{
    [Theory]
    [InlineData("1 day - 1 minute", 25, "account younger than a day")]
    [InlineData("1 day", 15, "account younger than a week")]
    [InlineData("7 days - 1 minute", 15, "account younger than a week")]
    [InlineData("7 days", 0, null)]
    public async Task Age_of_the_account(string age, int score, string? reason)
    {
        await using var database = await TestDatabase.CreateAsync();
        await JoinAsync(database, age);

        await ShouldBeAsync(database, score, reason);
    }

    [Theory]
    [InlineData("59.9 seconds", 5, "wrote within a minute of joining")]
    [InlineData("60 seconds", 0, null)]
    public async Task First_message(string after, int score, string? reason)
    {
        await using var database = await TestDatabase.CreateAsync();
        await JoinAsync(database, "1 year");
        await WriteAsync(database, 1, after, "0 seconds", channels: 1, deleted: 0);

        await ShouldBeAsync(database, score, reason);
    }

    [Theory]
    [InlineData(19, 4, 0, 0, null)]
    [InlineData(20, 4, 0, 20, "20 or more messages in the first hour")]
    [InlineData(5, 5, 0, 25, "5 or more channels in the first hour")]
    [InlineData(3, 1, 3, 0, null)]
    [InlineData(4, 1, 2, 25, "half of the messages deleted")]
    [InlineData(5, 1, 2, 0, null)]
    [InlineData(20, 5, 10, 70, "5 or more channels in the first hour, half of the messages deleted, 20 or more messages in the first hour")]
    public async Task Messages_of_the_first_hour(int messages, int channels, int deleted, int score, string? reasons)
    {
        await using var database = await TestDatabase.CreateAsync();
        await JoinAsync(database, "1 year");
        await WriteAsync(database, messages, "2 minutes", "2 minutes", channels, deleted);

        await ShouldBeAsync(database, score, reasons);
    }

    [Fact]
    public async Task Messages_after_the_first_hour_do_not_count_as_of_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        await JoinAsync(database, "1 year");
        await WriteAsync(database, 30, "1 hour", "1 second", channels: 6, deleted: 0);

        await ShouldBeAsync(database, 0, null);
    }

    private static async Task JoinAsync(TestDatabase database, string age)
    {
        await database.ExecuteAsync("insert into channels (id, name, is_staff) select g::text, 'c', false from generate_series(1, 9) as g");
        await database.ExecuteAsync(
            """
            insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            select '77', 'new', j, j - $1::interval, false, false, true, false
            from (select now() at time zone 'UTC' - interval '2 days' as j) as g
            """,
            age);
    }

    private static async Task WriteAsync(TestDatabase database, int count, string first, string every, int channels, int deleted)
    {
        await database.ExecuteAsync(
            """
            insert into messages (id, channel_id, author_id, created_at, is_deleted)
            select (1000 + g)::text, (1 + g % $4)::text, u.id, u.joined_at + $2::interval + g * $3::interval, g < $5
            from users u, generate_series(0, $1 - 1) as g
            """,
            count,
            first,
            every,
            channels,
            deleted);
    }

    private static async Task ShouldBeAsync(TestDatabase database, int score, string? reasons)
    {
        Assert.Equal(score, await database.ScalarAsync<int>("select score from insights.newcomers(7)"));
        Assert.Equal(reasons, await database.ScalarAsync<string>("select reasons from insights.newcomers(7)"));
    }
}
