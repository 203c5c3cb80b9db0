using Metricity.Collect;
using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Hosting;
using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Standby;

/// <summary>Two guilds on two shards. The collectors are the real ones; "processes" share nothing but the database.</summary>
public sealed class ShardingTests
{
    /// <summary>(id >> 22) % 2 is 0 and 1.</summary>
    private const ulong Even = 268_000_000_000UL << 22;

    private const ulong Odd = 268_000_000_001UL << 22;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_shards_in_two_processes_identify_one_after_the_other_and_have_each_their_position()
    {
        await using var bed = await BedAsync();
        await using var zero = bed.Run(0);
        await using var one = bed.Run(1);

        await bed.AssertCollectsBothAsync();
        Assert.Equal(0, bed.Discord.Gateway.Connections.Count(connection => connection.ServerCloseCode is not null));
        var times = await bed.Database.ListAsync<DateTime>("select identified_at from metricity.identifies order by 1");
        Assert.True(times[1] - times[0] >= TimeSpan.FromSeconds(5), $"{times[0]:O} {times[1]:O}");
    }

    [Fact]
    public async Task Process_that_ends_leaves_its_shard_to_the_one_that_stands_by_for_it()
    {
        await using var bed = await BedAsync();
        var zero = bed.Run(0);
        await using var one = bed.Run(1);
        await bed.AssertCollectsBothAsync();
        await using var standby = bed.Run(0);
        await Eventually.TrueAsync(
            () => standby.Log.GetSnapshot().Any(record => record.Id.Id == LogEvents.Ownership.Standby), "it stands by for its shard", Limit);

        await zero.DisposeAsync();
        await bed.Discord.Gateway.WaitForResumedAsync(guard: Limit);

        await bed.AssertCollectsBothAsync();
        Assert.Equal(2, bed.Discord.Gateway.IdentifyCount);
    }

    private static async Task<Bed> BedAsync()
    {
        var discord = await Simulator.StartAsync(new SimulatorOptions { ReplayBufferSize = 10_000 });
        var database = await TestDatabase.CreateEmptyAsync();
        await new SchemaMigrator(database.ConnectionString, ["public", "second"], _ => { }).UpAsync(null, default);
        var guilds = new[] { discord.World.AddGuild("even", Even), discord.World.AddGuild("odd", Odd) };

        return new Bed(discord, database, guilds);
    }

    private sealed class Bed(Simulator discord, TestDatabase database, SimGuild[] guilds) : IAsyncDisposable
    {
        private readonly SimChannel[] _channels = [.. guilds.Select(guild => guild.AddChannel("talk"))];

        public Simulator Discord => discord;

        public TestDatabase Database => database;

        public RunningCollector Run(int shardId) => new(new Settings(
            new Secret(discord.Token),
            discord.ApiBaseUrl,
            GatewayOptions.ZlibStream,
            new Secret(database.ConnectionString),
            [Guild(Even, "public"), Guild(Odd, "second")],
            new CollectOptions(),
            TimeSpan.FromSeconds(20),
            new LogSettings(IsJson: false, "Debug"))
        {
            Shard = new ShardSettings(shardId, 2),
        });

        /// <summary>A message in each guild ends in its schema, and moves the position of its shard alone.</summary>
        public async Task AssertCollectsBothAsync()
        {
            await Eventually.TrueAsync(
                async () => await database.ScalarAsync<long>("select count(*) from metricity.guilds where members_synced_at is not null") == 2,
                "both guilds are synced",
                Limit);
            await Eventually.TrueAsync(() => discord.Gateway.Sessions.All(session => session.Connection is { IsOpen: true }), "both are live", Limit);
            await AssertPositionsAsync();
            var (first, other) = (await PositionAsync(0), await PositionAsync(1));

            var even = guilds[0].PostMessage(_channels[0]);
            await AssertPositionsAsync();
            Assert.Equal(first + 1, await PositionAsync(0));
            Assert.Equal(other, await PositionAsync(1));
            var odd = guilds[1].PostMessage(_channels[1]);
            await AssertPositionsAsync();
            Assert.Equal(other + 1, await PositionAsync(1));

            Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from public.messages where id = $1", $"{even.Id}"));
            Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from second.messages where id = $1", $"{odd.Id}"));
        }

        public async ValueTask DisposeAsync()
        {
            await discord.DisposeAsync();
            await database.DisposeAsync();
        }

        /// <summary>Each session's end is committed as its own shard's position.</summary>
        private async Task AssertPositionsAsync()
        {
            foreach (var session in discord.Gateway.Sessions)
            {
                await Eventually.EqualAsync(
                    $"{session.Id} {session.LastSequence}",
                    () => database.ScalarAsync<string>(
                        "select session_id || ' ' || sequence from metricity.positions where shard_id = $1 and shard_count = 2", session.Shard.Id),
                    $"the position of shard {session.Shard.Id}",
                    Limit);
            }
        }

        private Task<long> PositionAsync(int shardId) =>
            database.ScalarAsync<long>("select sequence from metricity.positions where shard_id = $1 and shard_count = 2", shardId);

        private static GuildSettings Guild(ulong id, string schema) => new(
            new Snowflake(id), schema, null, new HashSet<Snowflake>(), new HashSet<Snowflake>(), new HashSet<Snowflake>());
    }
}
