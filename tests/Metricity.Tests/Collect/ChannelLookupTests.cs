using Metricity.Collect;
using Metricity.Events;
using Metricity.Testing;
using Metricity.Tests.Members;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

public sealed class ChannelLookupTests : IDisposable
{
    private static readonly TimeSpan RetryLater = TimeSpan.FromMinutes(5);

    private readonly WatchedTimeProvider _time = new();
    private readonly FakeLogCollector _log = new();
    private readonly FakeRest _rest = new();
    private readonly EventQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelLookup _lookup;
    private readonly Task _running;

    public ChannelLookupTests()
    {
        _queue = new EventQueue(capacity: 100, maxBytes: long.MaxValue / 2, _time);
        _lookup = new ChannelLookup(_rest.Client(_time, _log), _time, new FakeLogger<ChannelLookup>(_log));
        _running = _lookup.RunAsync(_queue, _stop.Token);
    }

    [Fact]
    public async Task Channel_that_discord_does_not_know_is_gone()
    {
        _lookup.Ask(Some.GuildId, [Some.Id(100)]);

        Assert.Equal(new ChannelLookedUp(Some.GuildId, Some.Id(100), IsGone: true), await NextAsync());
        Assert.Equal([$"/channels/{Some.Id(100)}"], _rest.Paths);
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.ChannelGone);
    }

    [Fact]
    public async Task Channel_and_thread_are_told_as_they_are()
    {
        _rest.Answer = path => (200, path.EndsWith(Some.Id(100).ToString(), StringComparison.Ordinal) ? Channel(100) : Thread(200));

        _lookup.Ask(Some.GuildId, [Some.Id(100), Some.Id(200)]);

        Assert.Equal("general", (await NextAsync()).Channel!.Name);
        Assert.Equal(Some.Id(100), (await NextAsync()).Thread!.ParentId);
    }

    [Theory]
    [InlineData(403, """{"message":"Missing Access","code":50001}""")]
    [InlineData(404, "not found")]
    public async Task Answer_that_is_no_proof_of_its_end_says_nothing(int status, string body)
    {
        _rest.Answer = _ => (status, body);

        _lookup.Ask(Some.GuildId, [Some.Id(100)]);

        Assert.Equal(new ChannelLookedUp(Some.GuildId, Some.Id(100)), await NextAsync());
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.LookupFailed);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "{")]
    public async Task Channel_that_discord_cannot_be_asked_about_is_asked_about_later_and_holds_up_no_other(int status, string body)
    {
        _rest.Answer = path => path.EndsWith(Some.Id(100).ToString(), StringComparison.Ordinal) ? (status, body) : (200, Channel(101));

        _lookup.Ask(Some.GuildId, [Some.Id(100), Some.Id(101)]);

        Assert.Equal(Some.Id(101), (await NextAsync()).ChannelId);
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.LookupFailed);
        _rest.Answer = _ => (200, Channel(100));
        await _time.TimerArmedAsync(RetryLater).WaitAsync(Eventually.Limit);
        _time.Advance(RetryLater);
        Assert.Equal("general", (await NextAsync()).Channel!.Name);
    }

    [Fact]
    public async Task Wrong_token_ends_the_lookup()
    {
        _rest.Answer = _ => (401, """{"message":"401: Unauthorized","code":0}""");

        _lookup.Ask(Some.GuildId, [Some.Id(100)]);

        await Assert.ThrowsAsync<DiscordRefusedException>(() => _running.WaitAsync(Eventually.Limit));
    }

    /// <summary>The writer commits while Discord does not answer at all: the clock stands still, and no answer ever comes.</summary>
    [Fact]
    public async Task Unknown_channel_whose_lookup_hangs_does_not_delay_later_events()
    {
        _rest.IsSilent = true;
        var none = new HashSet<Snowflake>();
        var builder = new ChangeSetBuilder(
            new CollectRules(Some.GuildId, none, none, none, false), new ChannelTree(Some.GuildId), new FakeLogger<ChangeSetBuilder>(_log));
        using var store = new MemoryStore();
        var status = new CollectStatus();
        var committer = new BatchCommitter(store, _queue, [Ask], status, _time, new FakeLogger<BatchCommitter>(_log));
        var builders = new Dictionary<Snowflake, ChangeSetBuilder> { [Some.GuildId] = builder };
        var writer = new BatchWriter(
            _queue, builders, committer, new CollectOptions { BatchDelay = TimeSpan.Zero }, status, _time);
        var writing = writer.RunAsync(_stop.Token);

        await _queue.EnqueueAsync(Some.Queued(Some.Message(1000, 999), 1), default);
        await Eventually.TrueAsync(() => _rest.Paths.Count == 1, "Discord is asked about the channel");
        await _queue.EnqueueAsync(Some.Queued(Some.Message(1001, 999), 2), default);

        await Eventually.TrueAsync(() => store.Commits.Count == 2, "the later event is committed");
        Assert.False(_running.IsCompleted);
        Assert.False(writing.IsCompleted);

        void Ask(Batch batch, TimeSpan took) => _lookup.Ask(Some.GuildId, batch.For(Some.GuildId).ToLookUp);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _rest.Dispose();
    }

    private async Task<ChannelLookedUp> NextAsync()
    {
        Assert.True(await _queue.WaitToReadAsync(default).AsTask().WaitAsync(Eventually.Limit));
        Assert.True(_queue.TryDequeue(out var item));

        return Assert.IsType<ChannelLookedUp>(item.Event);
    }

    private static string Channel(int id) => $$"""{"id":"{{Some.Id(id)}}","type":0,"guild_id":"{{Some.GuildId}}","name":"general"}""";

    private static string Thread(int id) =>
        $$$"""
        {"id":"{{{Some.Id(id)}}}","type":11,"guild_id":"{{{Some.GuildId}}}","parent_id":"{{{Some.Id(100)}}}","name":"a thread",
        "thread_metadata":{"archived":false,"auto_archive_duration":1440,"locked":false}}
        """;
}
