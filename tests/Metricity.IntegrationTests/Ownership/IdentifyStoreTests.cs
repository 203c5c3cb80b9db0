using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.IntegrationTests.Tables;
using Metricity.Ownership;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Ownership;

public sealed class IdentifyStoreTests
{
    private static readonly SessionStartLimit Plenty = new(1000, 1000, TimeSpan.FromHours(4), 1);

    private static readonly TimeSpan Spacing = IdentifyStore.Spacing;

    [Fact]
    public async Task First_identify_is_free_and_noted_before_it_is_sent()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = await StartAsync(bed);

        Assert.Equal(TimeSpan.Zero, await stores.Identifies.AskAsync(Plenty, take: false, default));
        Assert.Equal(0, await bed.Database.CountAsync("metricity.identifies"));

        Assert.Equal(TimeSpan.Zero, await stores.Identifies.AskAsync(Plenty, take: true, default));
        Assert.Equal(StoreBed.Start, await bed.Database.ScalarAsync<DateTime>("select identified_at from metricity.identifies"));
        Assert.Equal(999, await bed.Database.ScalarAsync<int>("select remaining from metricity.identify_budget"));
    }

    [Fact]
    public async Task Shards_of_one_bucket_keep_five_seconds_over_all_processes_and_others_do_not_wait()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var zero = StoreBed.On(database, Guilds(0), shardCount: 4);
        await using var one = StoreBed.On(database, Guilds(1), shardId: 1, shardCount: 4);
        await using var two = StoreBed.On(database, Guilds(2), shardId: 2, shardCount: 4);
        await using var stores0 = await StartAsync(zero);
        await using var stores1 = await StartAsync(one);
        await using var stores2 = await StartAsync(two);
        var pairs = Plenty with { MaxConcurrency = 2 };

        Assert.Equal(TimeSpan.Zero, await stores0.Identifies.AskAsync(pairs, take: true, default));
        Assert.Equal(TimeSpan.Zero, await stores1.Identifies.AskAsync(pairs, take: true, default));
        Assert.Equal(Spacing, await stores2.Identifies.AskAsync(pairs, take: true, default));
        two.Clock.Advance(Spacing);
        Assert.Equal(TimeSpan.Zero, await stores2.Identifies.AskAsync(pairs, take: true, default));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_may_identify()
    {
        await using var database = await TestDatabase.CreateAsync();
        var beds = Enumerable.Range(0, 6).Select(id => StoreBed.On(database, Guilds(id), shardId: id, shardCount: 6)).ToList();
        var stores = new List<ShardStores>();
        foreach (var bed in beds)
        {
            stores.Add(bed.StoresOnDatabaseTime());
            await stores[^1].Positions.StartAsync(default);
        }

        var waits = await Task.WhenAll(stores.Select(store => store.Identifies.AskAsync(Plenty, take: true, default)));

        Assert.Equal(1, waits.Count(wait => wait == TimeSpan.Zero));
        Assert.All(waits.Where(wait => wait != TimeSpan.Zero), wait => Assert.InRange(wait, TimeSpan.FromTicks(1), Spacing));
        foreach (var bed in beds)
        {
            await bed.DisposeAsync();
        }
    }

    [Fact]
    public async Task Spent_budget_is_waited_for_until_its_reset_also_by_the_next_start()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = await StartAsync(bed);
        await stores.Identifies.AskAsync(Plenty with { Remaining = 1 }, take: true, default);
        bed.Clock.Advance(TimeSpan.FromHours(1));
        await using var next = await StartAsync(bed);

        // Discord's count lags: it still tells one.
        var lagging = Plenty with { Remaining = 1, ResetAfter = TimeSpan.FromHours(3) };
        Assert.Equal(TimeSpan.FromSeconds((3 * 3600) + 1), await next.Identifies.AskAsync(lagging, take: true, default));
        Assert.Equal(0, await bed.Database.ScalarAsync<int>("select remaining from metricity.identify_budget"));

        bed.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(TimeSpan.Zero, await next.Identifies.AskAsync(Plenty, take: true, default));
        Assert.Equal(999, await bed.Database.ScalarAsync<int>("select remaining from metricity.identify_budget"));
    }

    [Fact]
    public async Task Identifies_of_which_nothing_was_committed_wait_longer_each_time_until_one_bears_a_session()
    {
        await using var bed = await StoreBed.CreateAsync();
        var waits = new List<double>();
        for (var start = 0; start < 9; start++)
        {
            await using var stores = await StartAsync(bed);
            var wait = await stores.Identifies.AskAsync(Plenty, take: true, default);
            waits.Add(wait / Spacing);
            bed.Clock.Advance(wait);
            await stores.Identifies.AskAsync(Plenty, take: true, default);
        }

        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 64, 64], waits);

        await using var last = await StartAsync(bed);
        var batch = new Batch();
        batch.MoveTo(new GatewaySession("born", new Uri("wss://gateway.example")), 1, DateTime.UnixEpoch, DateTime.UnixEpoch);
        Assert.True(await last.Lock.TryTakeAsync(default));
        await last.Batches.CommitAsync(batch, default);
        Assert.Equal(Spacing, await last.Identifies.AskAsync(Plenty, take: true, default));
    }

    [Fact]
    public async Task Replaced_writer_may_not_identify()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var old = await StartAsync(bed);
        await using var successor = await StartAsync(bed);

        await Assert.ThrowsAsync<StoreReplacedException>(() => old.Identifies.AskAsync(Plenty, take: true, default));

        Assert.Equal(0, await bed.Database.CountAsync("metricity.identifies"));
    }

    [Fact]
    public async Task Database_that_could_not_take_the_rows_lets_no_session_begin()
    {
        await using var bed = await StoreBed.CreateAsync();
        await using var stores = await StartAsync(bed);
        await bed.Database.ExecuteAsync("alter table messages rename to mislaid");

        await Assert.ThrowsAsync<StopException>(() => stores.Identifies.AskAsync(Plenty, take: false, default));
        await Assert.ThrowsAsync<StopException>(() => stores.Identifies.AskAsync(Plenty, take: true, default));

        Assert.Equal(0, await bed.Database.CountAsync("metricity.identifies"));
    }

    private static async Task<ShardStores> StartAsync(StoreBed bed)
    {
        var stores = bed.Stores();
        await stores.Positions.StartAsync(CancellationToken.None);

        return stores;
    }

    /// <summary>Shards of one database differ in their guilds; that their schemas are one does not matter here.</summary>
    private static Dictionary<Snowflake, string> Guilds(int shardId) => shardId == 0 ? new() { [StoreBed.Guild] = "public" } : [];
}
