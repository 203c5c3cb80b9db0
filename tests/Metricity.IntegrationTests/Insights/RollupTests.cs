using System.Globalization;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Insights;

/// <summary>The roll-ups tell what the rows tell, whatever was done to the rows and by whom.</summary>
public sealed class RollupTests
{
    private const string Parents =
        """
        insert into channels (id, name, is_staff) select (1000 + i)::text, 'channel', false from generate_series(1, 5) as i;
        insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            select (2000 + i)::text, 'user', '2026-01-01', '2026-01-01', false, false, true, false from generate_series(1, 12) as i;
        insert into threads (id, parent_channel_id, name, archived, auto_archive_duration, locked, type, owner_id)
            select (3000 + i)::text, (1001 + i % 5)::text, 'thread', false, 60, false, 'public_thread',
                case when i % 3 > 0 then (2001 + i % 12)::text end
            from generate_series(1, 10) as i;
        """;

    /// <summary>Ids 3001 to 3010 are those of threads, whose starter they are.</summary>
    private const string InsertSql =
        """
        insert into messages (id, channel_id, thread_id, author_id, created_at, is_deleted)
        select id, case when thread > 0 then (1001 + thread % 5)::text else channel end,
            case when thread > 0 then (3000 + thread)::text end, author, timestamp '2026-01-01' + minute * interval '1 minute', deleted
        from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::boolean[])
            as g (id, thread, channel, author, minute, deleted)
        on conflict (id) do nothing
        """;

    public static TheoryData<int, int> Runs => TestLength.Of(
        usual: new TheoryData<int, int> { { 1, 6 }, { 3, 220 } },
        nightly: new TheoryData<int, int> { { 1, 6 }, { 2, 6 }, { 3, 220 }, { 4, 220 } });

    /// <param name="days">Over which the rows are spread: in few, an author writes most days; in many, months lie between.</param>
    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Whatever_is_done_to_the_rows_the_counts_follow(int seed, int days)
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Parents);
        var random = new Random(seed);
        for (var step = 0; step < 120; step++)
        {
            await StepAsync(database, random, days);
            if (step % 6 == 5)
            {
                Assert.Empty(await DifferencesAsync(database));
            }
        }

        Assert.True(await database.CountAsync("messages") > 100);
        Assert.True(await database.CountAsync("rollup_hour_returns") > 100);
    }

    [Theory]
    [InlineData("day", 6)]
    [InlineData("week", 220)]
    [InlineData("month", 300)]
    public async Task Users_of_a_period_in_any_zone_are_those_who_wrote_in_it(string step, int days)
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Parents);
        var random = new Random(4);
        for (var i = 0; i < 40; i++)
        {
            await StepAsync(database, random, days);
        }

        foreach (var zone in new[] { "UTC", "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland" })
        {
            var told = await database.ListAsync<string>(
                """
                select to_char(period, 'YYYY-MM-DD') || ' ' || active_users from insights.activity(zone => $1, step => $2)
                where messages > 0 order by 1
                """,
                zone,
                step);
            var counted = await database.ListAsync<string>(
                """
                select to_char(date_trunc($2, created_at at time zone 'UTC' at time zone $1), 'YYYY-MM-DD') || ' '
                    || count(distinct author_id)
                from messages where not is_deleted group by date_trunc($2, created_at at time zone 'UTC' at time zone $1) order by 1
                """,
                zone,
                step);

            Assert.NotEmpty(counted);
            Assert.Equal(counted, told);
        }
    }

    [Fact]
    public async Task Rebuild_mends_counts_that_are_wrong()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Parents);
        await StepAsync(database, new Random(5));
        await database.ExecuteAsync(
            """
            insert into messages (id, channel_id, author_id, created_at, is_deleted) values ('77', '1001', '2001', '2026-01-01 08:30', false);
            update rollup_hours set messages = messages + 1;
            """);

        Assert.NotEmpty(await DifferencesAsync(database));
        await database.ExecuteAsync("select rollup_rebuild()");

        Assert.Empty(await DifferencesAsync(database));
    }

    [Fact]
    public async Task Emptied_messages_leave_no_count()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Parents);
        await StepAsync(database, new Random(6));

        await database.ExecuteAsync("truncate messages");

        Assert.Equal(0, await database.CountAsync("rollup_author_hours"));
        Assert.Empty(await DifferencesAsync(database));
    }

    private static async Task<IReadOnlyList<string>> DifferencesAsync(TestDatabase database)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();

        return await RollupCheck.DifferencesAsync(connection, "public");
    }

    private static async Task StepAsync(TestDatabase database, Random random, int days = 6)
    {
        switch (random.Next(10))
        {
            case < 5:
                await InsertAsync(database, random, days);
                break;
            case < 7:
                await database.ExecuteAsync(
                    "update messages set is_deleted = not is_deleted where hashtext(id || $1) % 20 = 0", Salt(random));
                break;
            case 7:
                await database.ExecuteAsync("delete from messages where hashtext(id || $1) % 20 = 0", Salt(random));
                break;
            case 8:
                await database.ExecuteAsync(
                    "update messages set channel_id = $2, thread_id = null where hashtext(id || $1) % 30 = 0", Salt(random), Channel(random));
                await database.ExecuteAsync(
                    "update threads set owner_id = $2 where hashtext(id || $1) % 5 = 0", Salt(random), Author(random));
                break;
            default:
                await database.ExecuteAsync(
                    """
                    update messages set created_at = created_at + (hashtext(id) % 180) * interval '1 minute', author_id = $2
                    where hashtext(id || $1) % 30 = 0
                    """,
                    Salt(random),
                    Author(random));
                var gone = Author(random);
                await database.ExecuteAsync("delete from users where id = $1", gone); // their messages go with them
                await database.ExecuteAsync(
                    """
                    insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
                    values ($1, 'user', '2026-01-01', '2026-01-01', false, false, true, false)
                    """,
                    gone);
                break;
        }
    }

    private static async Task InsertAsync(TestDatabase database, Random random, int days)
    {
        var rows = Enumerable.Range(0, random.Next(1, 60)).ToArray();
        await database.ExecuteAsync(
            InsertSql,
            rows.Select(_ => (random.Next(20) == 0 ? random.Next(3001, 3011) : random.Next(5_000, 25_000)).ToString(CultureInfo.InvariantCulture))
                .ToArray(),
            rows.Select(_ => random.Next(5) < 2 ? random.Next(1, 11) : 0).ToArray(),
            rows.Select(_ => Channel(random)).ToArray(),
            rows.Select(_ => Author(random)).ToArray(),
            rows.Select(_ => random.Next(days * 24 * 60)).ToArray(),
            rows.Select(_ => random.Next(10) == 0).ToArray());
    }

    private static string Salt(Random random) => random.Next().ToString(CultureInfo.InvariantCulture);

    private static string Channel(Random random) => random.Next(1001, 1006).ToString(CultureInfo.InvariantCulture);

    private static string Author(Random random) => random.Next(2001, 2013).ToString(CultureInfo.InvariantCulture);
}
