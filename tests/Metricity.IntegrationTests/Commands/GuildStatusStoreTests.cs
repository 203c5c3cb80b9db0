using Metricity.Commands;
using Metricity.IntegrationTests.Tables;
using Npgsql;

namespace Metricity.IntegrationTests.Commands;

public sealed class GuildStatusStoreTests
{
    [Fact]
    public async Task Status_tells_the_share_of_the_last_day_and_the_oldest_open_gap()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.Database.ScalarAsync<object>(
            """
            with stretches as (
                insert into metricity.coverage (guild_id, kind, reason, started_at, ended_at, healed_at)
                values ($1, 'live', null, now() - interval '40 hours', now() - interval '30 hours', null),
                    ($1, 'gap', 'session_lost', now() - interval '30 hours', now() - interval '18 hours', null),
                    ($1, 'live', null, now() - interval '18 hours', now() - interval '12 hours', null),
                    ($1, 'gap', 'session_lost', now() - interval '12 hours', now() - interval '6 hours', now()),
                    ($1, 'gap', 'events_missing', now() - interval '6 hours', null, null)
                returning 1
            )
            select count(*) from stretches
            """,
            $"{StoreBed.Guild}");
        await using var source = NpgsqlDataSource.Create(bed.Options.ConnectionString);

        var status = await new GuildStatusStore(source, bed.Options).ReadAsync(StoreBed.Guild, CancellationToken.None);

        Assert.InRange(status.Covered, 0.499, 0.501);
        Assert.Equal(2, status.OpenGaps);
        Assert.Equal(
            await bed.Database.ScalarAsync<DateTime>("select min(started_at) at time zone 'UTC' from metricity.coverage where kind = 'gap'"),
            status.OldestGapAt);
        Assert.Null(status.CommittedAt);
    }

    [Fact]
    public async Task Guild_that_was_never_collected_has_nothing_covered_and_no_gap()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var source = NpgsqlDataSource.Create(bed.Options.ConnectionString);

        var status = await new GuildStatusStore(source, bed.Options).ReadAsync(StoreBed.Guild, CancellationToken.None);

        Assert.Equal(new GuildStatus(0, 0, null, null), status);
    }
}
