using Metricity.Events;
using Metricity.IntegrationTests.Tables;

namespace Metricity.IntegrationTests.Ownership;

public sealed class GuildStoreTests
{
    [Fact]
    public async Task Sync_started_and_ended_is_remembered()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.SyncStarted = true);
        await using var during = StoreBed.On(bed.Database);
        Assert.Single((await during.Positions.StartAsync(CancellationToken.None)).UnsyncedGuilds);

        await during.CommitAsync(changes => changes.SeenUserIds = []);

        await using var after = StoreBed.On(bed.Database);
        Assert.Empty((await after.Positions.StartAsync(CancellationToken.None)).UnsyncedGuilds);
        Assert.Equal(
            StoreBed.Start, await bed.Database.ScalarAsync<DateTime>("select members_synced_at from metricity.guilds"));
    }

    [Fact]
    public async Task Member_request_time_is_remembered_over_a_restart()
    {
        await using var bed = await StoreBed.CreateAsync();
        var at = new DateTimeOffset(StoreBed.Start);
        await bed.Stores().Guilds.RecordMembersRequestedAsync(StoreBed.Guild, at, CancellationToken.None);
        await using var next = StoreBed.On(bed.Database);

        var state = await next.Positions.StartAsync(CancellationToken.None);

        Assert.Equal(at, state.MembersRequestedAt[StoreBed.Guild]);
    }

    [Fact]
    public async Task Schema_of_another_guild_is_refused()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [new Snowflake(5)] = "public" });

        var error = await Assert.ThrowsAsync<StopException>(() => other.Positions.StartAsync(CancellationToken.None));

        Assert.Equal(
            $"Schema \"public\" holds guild {StoreBed.Guild}, not 5: give guild 5 a schema of its own in Guilds:N:Schema.", error.Message);
    }

    [Fact]
    public async Task Guild_that_was_in_another_schema_is_refused()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var other = StoreBed.On(bed.Database, new Dictionary<Snowflake, string> { [StoreBed.Guild] = "elsewhere" });

        var error = await Assert.ThrowsAsync<StopException>(() => other.Positions.StartAsync(CancellationToken.None));

        Assert.StartsWith(
            $"Guild {StoreBed.Guild} lives in schema \"public\", not in \"elsewhere\"", error.Message, StringComparison.Ordinal);
    }
}
