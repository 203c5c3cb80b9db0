using Metricity.Events;
using Metricity.Ingest;
using Metricity.Sync;
using Metricity.Testing;
using Metricity.Tests.Ingest;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Sync;

public sealed class SyncCoordinatorTests : IDisposable
{
    private readonly WatchedTimeProvider _time = new();
    private readonly FakeLogCollector _log = new();
    private readonly FakeRest _rest = new();
    private readonly FakeGateway _gateway;
    private const int Capacity = 20;

    private readonly EventQueue _queue = new(Capacity, maxBytes: long.MaxValue / 2);
    private readonly CancellationTokenSource _stop = new();
    private SyncCoordinator _coordinator = null!;
    private EventIntake _intake = null!;
    private Task _running = Task.CompletedTask;

    public SyncCoordinatorTests()
    {
        _gateway = new FakeGateway(_time);
    }

    [Fact]
    public async Task Unlisted_channel_that_discord_does_not_know_is_deleted()
    {
        Start();

        _coordinator.Found(Some.GuildId, [Some.Id(100)]);

        var deleted = Assert.IsType<ChannelDeleted>(await NextAsync());
        Assert.Equal(Some.Id(100), deleted.ChannelId);
        Assert.Equal([$"/channels/{Some.Id(100)}"], _rest.Paths);
    }

    [Fact]
    public async Task Unlisted_channel_that_exists_is_brought_up_to_date()
    {
        _rest.Answer = _ => (200, Channel(100));
        Start();

        _coordinator.Found(Some.GuildId, [Some.Id(100)]);

        Assert.Equal("general", Assert.IsType<ChannelChanged>(await NextAsync()).Channel.Name);
    }

    [Theory]
    [InlineData(403, """{"message":"Missing Access","code":50001}""")]
    [InlineData(404, "not found")]
    [InlineData(500, "")]
    [InlineData(200, "{")]
    public async Task Unlisted_channel_stays_when_discord_gives_no_proof_of_its_end(int status, string body)
    {
        _rest.Answer = path => path.EndsWith(Some.Id(100).ToString(), StringComparison.Ordinal) ? (status, body) : (200, Channel(101));
        Start();

        _coordinator.Found(Some.GuildId, [Some.Id(100), Some.Id(101)]);

        // The answer for the second comes after the first was dealt with.
        Assert.Equal(Some.Id(101), Assert.IsType<ChannelChanged>(await NextAsync()).Channel.Id);
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == SyncLogEvents.LookupFailed);
    }

    [Fact]
    public async Task Channel_that_a_message_names_is_looked_up()
    {
        _rest.Answer = _ => (200, Channel(100));
        Start();

        var (channel, thread) = await _coordinator.FindAsync(Some.GuildId, Some.Id(100), default);

        Assert.Equal("general", channel!.Name);
        Assert.Null(thread);
    }

    [Fact]
    public async Task Lookup_that_fails_gives_neither_and_is_logged()
    {
        Start();

        Assert.Equal((null, null), await _coordinator.FindAsync(Some.GuildId, Some.Id(100), default));
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == SyncLogEvents.LookupFailed);
    }

    [Fact]
    public async Task Lookup_that_discord_keeps_waiting_is_given_up_so_that_the_writer_goes_on()
    {
        _rest.Answer = _ => (429, "<html>the edge network blocks this address for minutes</html>");
        Start();

        var first = _coordinator.FindAsync(Some.GuildId, Some.Id(100), default);
        await _time.TimerArmedAsync(TimeSpan.FromSeconds(10)).WaitAsync(Eventually.Limit);
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((null, null), await first.WaitAsync(Eventually.Limit));
        Assert.Equal((null, null), await _coordinator.FindAsync(Some.GuildId, Some.Id(101), default).WaitAsync(Eventually.Limit));
        Assert.Equal([$"/channels/{Some.Id(100)}"], _rest.Paths);
        Assert.Single(_log.GetSnapshot(), record => record.Id.Id == SyncLogEvents.LookupFailed);
    }

    [Fact]
    public async Task Lookups_go_on_a_while_after_one_was_given_up()
    {
        _rest.Answer = _ => (429, "<html>the edge network blocks this address for minutes</html>");
        Start();
        var first = _coordinator.FindAsync(Some.GuildId, Some.Id(100), default);
        await _time.TimerArmedAsync(TimeSpan.FromSeconds(10)).WaitAsync(Eventually.Limit);
        _time.Advance(TimeSpan.FromSeconds(10));
        await first.WaitAsync(Eventually.Limit);

        _rest.Answer = _ => (200, Channel(101));
        _time.Advance(TimeSpan.FromMinutes(3));

        var (channel, _) = await _coordinator.FindAsync(Some.GuildId, Some.Id(101), default).WaitAsync(Eventually.Limit);
        Assert.Equal(Some.Id(101), channel!.Id);
    }

    [Fact]
    public async Task Guild_that_an_earlier_run_never_synced_gets_its_snapshot_over_rest_when_the_session_is_resumed_and_not_before()
    {
        _rest.Answer = Snapshot;
        Start(Some.GuildId);
        await _intake.InjectAsync(new MemberUpdated(Some.GuildId, Some.Member(1)), default);
        Assert.IsType<MemberUpdated>(await NextAsync());
        Assert.Empty(_rest.Paths);

        await _intake.InjectAsync(new SessionResumed(), default);

        await _gateway.NextAsync();
        Assert.IsType<SessionResumed>(await NextAsync());
        Assert.Equal([Some.Id(100)], Assert.IsType<GuildAvailable>(await NextAsync()).Channels.Select(channel => channel.Id));
    }

    [Fact]
    public async Task Snapshot_over_rest_is_not_lost_when_the_queue_is_full()
    {
        _rest.Answer = Snapshot;
        Start(Some.GuildId);
        for (var i = 0; i < Capacity - 1; i++)
        {
            await _queue.EnqueueAsync(Some.Queued(null, i), default);
        }

        await _intake.InjectAsync(new SessionResumed(), default);
        await Eventually.TrueAsync(() => _rest.Paths.Count == 2, "channels and threads are fetched");

        var taken = new List<DiscordEvent?>();
        while (taken.Count <= Capacity)
        {
            Assert.True(await _queue.WaitToReadAsync(default).AsTask().WaitAsync(Eventually.Limit));
            Assert.True(_queue.TryDequeue(out var item));
            taken.Add(item.Event);
        }

        await _gateway.NextAsync();
        Assert.Single(taken.OfType<GuildAvailable>());
    }

    [Fact]
    public async Task Sync_that_an_earlier_run_did_not_finish_is_that_of_the_new_session_when_there_is_one()
    {
        Start(Some.GuildId);

        await _intake.InjectAsync(new SessionStarted(Some.Id(9), [Some.GuildId]), default);
        await _intake.InjectAsync(Some.Guild(), default);
        var request = await _gateway.NextAsync();
        await _intake.InjectAsync(Some.Chunk(request.Nonce, 0, 1, 1), default);
        await _log.WaitForAsync(record => record.Id.Id == SyncLogEvents.Completed);
        await _intake.InjectAsync(new SessionResumed(), default);

        Assert.Equal(1, _gateway.Count);
    }

    [Fact]
    public async Task Wrong_token_ends_the_coordinator()
    {
        _rest.Answer = _ => (401, """{"message":"401: Unauthorized","code":0}""");
        Start();

        _coordinator.Found(Some.GuildId, [Some.Id(100)]);

        await Assert.ThrowsAsync<Metricity.Rest.DiscordRefusedException>(() => _running.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Cancelled_coordinator_ends()
    {
        Start();

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Eventually.Limit));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _rest.Dispose();
    }

    private void Start(params IEnumerable<Snowflake> unsynced)
    {
        var rest = _rest.Client(_time, _log);
        var sync = new GuildSync(Some.GuildId, rest, _gateway, DateTimeOffset.MinValue, _time, new FakeLogger<GuildSync>(_log));
        _coordinator = new SyncCoordinator(
            new Dictionary<Snowflake, GuildSync> { [Some.GuildId] = sync },
            unsynced.ToHashSet(),
            rest,
            _time,
            new FakeLogger<SyncCoordinator>(_log));
        _intake = new EventIntake(
            new EventDecoder(new HashSet<Snowflake>()),
            new HashSet<Snowflake> { Some.GuildId },
            _coordinator,
            _queue,
            new IngestStatus(),
            _time,
            new FakeLogger<EventIntake>(_log));
        _running = _coordinator.RunAsync(_intake, _stop.Token);
    }

    private async Task<DiscordEvent> NextAsync()
    {
        Assert.True(await _queue.WaitToReadAsync(default).AsTask().WaitAsync(Eventually.Limit));
        Assert.True(_queue.TryDequeue(out var item));

        return item.Event!;
    }

    private static (int, string) Snapshot(string path) =>
        (200, path.EndsWith("/active", StringComparison.Ordinal) ? """{"threads":[],"members":[]}""" : $"[{Channel(100)}]");

    private static string Channel(int id) => $$"""{"id":"{{Some.Id(id)}}","type":0,"guild_id":"{{Some.GuildId}}","name":"general"}""";
}
