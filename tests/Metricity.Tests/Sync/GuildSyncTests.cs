using Metricity.Events;
using Metricity.Ingest;
using Metricity.Sync;
using Metricity.Testing;
using Metricity.Tests.Ingest;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Sync;

public sealed class GuildSyncTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30.5);

    private readonly ManualTimeProvider _time = new();
    private readonly ListLoggerProvider _log = new();
    private readonly FakeRest _rest = new();
    private readonly FakeGateway _gateway;
    private readonly EventQueue _queue = new(capacity: 100_000, maxBytes: long.MaxValue / 2);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<DiscordEvent> _queued = [];
    private GuildSync _sync = null!;
    private EventIntake _intake = null!;
    private Task _running = Task.CompletedTask;

    public GuildSyncTests()
    {
        _gateway = new FakeGateway(_time);
    }

    [Fact]
    public async Task Guild_that_becomes_available_is_asked_for_its_members_and_those_seen_are_told_at_the_end()
    {
        Start();
        await PassAsync(Some.Guild(members: [Some.Member(9)]));

        var request = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(request.Nonce, 0, 2, 1, 2));
        await PassAsync(Some.Chunk(request.Nonce, 1, 2, 3));

        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3), Some.Id(9)], Synced().Single().SeenUserIds.Order());
        Assert.IsType<MembersSynced>(_queued[^1]);
        await LoggedAsync(SyncLogEvents.Completed);
        Assert.False(_sync.IsUnderWay);
        Assert.Empty(_rest.Paths);
    }

    [Fact]
    public async Task Resumed_session_alone_asks_for_nothing()
    {
        Start();

        await PassAsync(new SessionResumed());
        await PassAsync(new MemberJoined(Some.GuildId, Some.Member(1)));

        Assert.False(_sync.IsUnderWay);
        Assert.Equal(0, _gateway.Count);
        Assert.Empty(_rest.Paths);
    }

    [Fact]
    public async Task Second_list_waits_until_the_window_of_the_first_request_is_over()
    {
        Start();
        await PassAsync(Some.Guild());
        var first = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(first.Nonce, 0, 1, 1));
        await LoggedAsync(SyncLogEvents.Completed);

        _time.Advance(TimeSpan.FromSeconds(10));
        await PassAsync(Some.Guild());
        await _time.TimerArmedAsync(Window - TimeSpan.FromSeconds(10)).WaitAsync(Eventually.Limit);
        Assert.Equal(1, _gateway.Count);
        _time.Advance(Window - TimeSpan.FromSeconds(10));

        var second = await _gateway.NextAsync();
        Assert.Equal(Window, second.At - first.At);
        Assert.NotEqual(first.Nonce, second.Nonce);
    }

    [Fact]
    public async Task Request_of_an_earlier_run_of_the_program_keeps_the_window_shut_too()
    {
        Start(lastRequest: _time.GetUtcNow() - TimeSpan.FromSeconds(20));

        await PassAsync(Some.Guild());

        await _time.TimerArmedAsync(Window - TimeSpan.FromSeconds(20)).WaitAsync(Eventually.Limit);
        Assert.Equal(0, _gateway.Count);
        _time.Advance(Window - TimeSpan.FromSeconds(20));
        await _gateway.NextAsync();
    }

    [Fact]
    public async Task Clock_that_was_set_back_makes_the_window_no_longer_than_it_is()
    {
        Start(lastRequest: _time.GetUtcNow() + TimeSpan.FromHours(3));

        await PassAsync(Some.Guild());

        await _time.TimerArmedAsync(Window).WaitAsync(Eventually.Limit);
        _time.Advance(Window);
        await _gateway.NextAsync();
    }

    [Fact]
    public async Task Rate_limited_request_is_asked_again_after_the_wait_and_nobody_is_marked_as_left_meanwhile()
    {
        Start();
        await PassAsync(Some.Guild());
        var first = await _gateway.NextAsync();

        await PassAsync(new MemberRequestLimited(Some.GuildId, first.Nonce, TimeSpan.FromSeconds(21.7)));
        await _time.TimerArmedAsync(TimeSpan.FromSeconds(21.7)).WaitAsync(Eventually.Limit);
        Assert.Empty(Synced());
        _time.Advance(TimeSpan.FromSeconds(21.7));
        var second = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(second.Nonce, 0, 1, 1));

        Assert.Equal(TimeSpan.FromSeconds(21.7), second.At - first.At);
        Assert.Single(Synced());
        Assert.Single(_log.Records, record => record.EventId.Id == SyncLogEvents.Limited);
        Assert.Empty(_rest.Paths);
    }

    [Fact]
    public async Task Silence_after_a_request_makes_rest_the_second_way()
    {
        _rest.Answer = Members(1, 2, 3);
        Start();
        await PassAsync(Some.Guild());
        await _gateway.NextAsync();

        await _time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);
        _time.Advance(Patience);

        await LoggedAsync(SyncLogEvents.Completed);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(3)], Synced().Single().SeenUserIds.Order());
        Assert.Contains(_log.Records, record => record.EventId.Id == SyncLogEvents.TimedOut && record.Level == LogLevel.Warning);
        Assert.Equal($"/guilds/{Some.GuildId}/members?limit=1000", Assert.Single(_rest.Paths).Split("&after=")[0]);
    }

    [Fact]
    public async Task Missing_chunk_makes_rest_the_second_way()
    {
        _rest.Answer = Members(1, 2);
        Start();
        await PassAsync(Some.Guild());
        var request = await _gateway.NextAsync();
        await _time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);
        await PassAsync(Some.Chunk(request.Nonce, 1, 2, 2));

        await LoggedAfterAsync(Patience, SyncLogEvents.Completed);

        Assert.Equal(2, Synced().Single().SeenUserIds.Count);
    }

    [Fact]
    public async Task Answer_that_names_nobody_is_not_believed()
    {
        _rest.Answer = Members(1, 2);
        Start();
        await PassAsync(Some.Guild(members: [Some.Member(9)]));
        var request = await _gateway.NextAsync();
        await _time.TimerArmedAsync(Patience).WaitAsync(Eventually.Limit);

        await PassAsync(Some.Chunk(request.Nonce, 0, 1));
        Assert.Empty(Synced());
        _time.Advance(Patience);

        await LoggedAsync(SyncLogEvents.Completed);
        Assert.Equal([Some.Id(1), Some.Id(2), Some.Id(9)], Synced().Single().SeenUserIds.Order());
    }

    [Fact]
    public async Task Empty_list_over_rest_is_not_believed_either_and_is_asked_for_again_later()
    {
        _gateway.IsConnected = false;
        _rest.Answer = Members();
        Start();

        await PassAsync(Some.Guild(members: [Some.Member(9)]));

        await LoggedAsync(SyncLogEvents.Failed);
        Assert.Empty(Synced());
        Assert.True(_sync.IsUnderWay);
        _rest.Answer = Members(1, 9);
        await LoggedAfterAsync(TimeSpan.FromMinutes(5), SyncLogEvents.Completed);
        Assert.Equal([Some.Id(1), Some.Id(9)], Synced().Single().SeenUserIds.Order());
    }

    [Fact]
    public async Task Unreadable_member_ends_the_list_without_marking_anybody_as_left()
    {
        Start();
        await PassAsync(Some.Guild());
        var request = await _gateway.NextAsync();

        await PassAsync(Some.Chunk(request.Nonce, 0, 1, 1, 2) with { SkippedElements = 1 });

        await LoggedAsync(SyncLogEvents.Unreadable);
        Assert.Empty(Synced());
        Assert.Equal(2, _queued.OfType<MemberChunk>().Single().Members.Count);
    }

    [Fact]
    public async Task Unreadable_member_over_rest_marks_nobody_as_left_either()
    {
        _gateway.IsConnected = false;
        _rest.Answer = _ => (200, $"[{Member(1)},{{\"user\":7}}]");
        Start();

        await PassAsync(Some.Guild());

        await LoggedAsync(SyncLogEvents.Unreadable);
        Assert.Empty(Synced());
    }

    [Fact]
    public async Task Rest_list_is_read_page_by_page_until_a_short_one()
    {
        _gateway.IsConnected = false;
        _rest.Answer = path => path.EndsWith($"after={Some.Id(1_000)}", StringComparison.Ordinal)
            ? (200, $"[{Member(1_001)}]")
            : (200, "[" + string.Join(',', Enumerable.Range(1, 1_000).Select(Member)) + "]");
        Start();

        await PassAsync(Some.Guild());

        await LoggedAsync(SyncLogEvents.Completed);
        Assert.Equal(2, _rest.Paths.Count);
        Assert.Equal(1_001, Synced().Single().SeenUserIds.Count);
    }

    [Fact]
    public async Task Rest_that_refuses_is_asked_again_after_five_minutes_and_nobody_is_marked_as_left()
    {
        _gateway.IsConnected = false;
        _rest.Answer = _ => (403, """{"message":"Missing Access","code":50001}""");
        Start();

        await PassAsync(Some.Guild());
        await LoggedAsync(SyncLogEvents.Failed);
        Assert.Empty(Synced());
        _rest.Answer = Members(1);

        await LoggedAfterAsync(TimeSpan.FromMinutes(5), SyncLogEvents.Completed);
        Assert.Single(Synced());
    }

    [Fact]
    public async Task Retry_of_a_session_that_is_over_asks_for_nothing()
    {
        _gateway.IsConnected = false;
        _rest.Answer = _ => (403, """{"message":"Missing Access","code":50001}""");
        Start();
        await PassAsync(Some.Guild());
        await LoggedAsync(SyncLogEvents.Failed);
        await _time.TimerArmedAsync(TimeSpan.FromMinutes(5)).WaitAsync(Eventually.Limit);
        _gateway.IsConnected = true;

        await PassAsync(new SessionStarted(Some.Id(9), [Some.GuildId]));
        await PassAsync(Some.Guild());
        var request = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(request.Nonce, 0, 1, 1));
        await LoggedAsync(SyncLogEvents.Completed);
        _time.Advance(TimeSpan.FromMinutes(6));

        // Another beginning shows that the loop is idle: it is the next thing asked for.
        await PassAsync(Some.Guild());
        await _gateway.NextAsync();
        Assert.Equal(2, _gateway.Count);
    }

    [Fact]
    public async Task Request_that_could_not_be_sent_does_not_shut_the_window()
    {
        _gateway.IsConnected = false;
        _rest.Answer = Members(1);
        Start();
        await PassAsync(Some.Guild());
        await LoggedAsync(SyncLogEvents.Completed);
        _gateway.IsConnected = true;

        await PassAsync(Some.Guild());

        await _gateway.NextAsync();
    }

    [Fact]
    public async Task Live_events_that_arrive_during_the_list_win()
    {
        Start();
        await PassAsync(Some.Guild());
        var request = await _gateway.NextAsync();

        await PassAsync(new MemberLeft(Some.GuildId, Some.User(1)));
        await PassAsync(new MemberUpdated(Some.GuildId, Some.Member(2, name: "newer")));
        await PassAsync(new MemberJoined(Some.GuildId, Some.Member(4)));
        await PassAsync(Some.Chunk(request.Nonce, 0, 1, 1, 2, 3));

        Assert.Equal([Some.Id(3)], _queued.OfType<MemberChunk>().Single().Members.Select(member => member.Id));
        Assert.Equal([Some.Id(2), Some.Id(3), Some.Id(4)], Synced().Single().SeenUserIds.Order());
    }

    [Fact]
    public async Task Outage_in_mid_list_marks_nobody_as_left_and_the_return_begins_anew()
    {
        Start();
        await PassAsync(Some.Guild());
        var first = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(first.Nonce, 0, 2, 1));

        await PassAsync(new GuildUnavailable(Some.GuildId));
        Assert.Empty(Synced());
        await PassAsync(Some.Guild());
        await _time.TimerArmedAsync(Window).WaitAsync(Eventually.Limit);
        _time.Advance(Window);
        var second = await _gateway.NextAsync();
        await PassAsync(Some.Chunk(second.Nonce, 0, 1, 1, 2));

        Assert.Equal(2, Synced().Single().SeenUserIds.Count);
        Assert.Empty(_rest.Paths);
    }

    [Fact]
    public async Task Two_runs_of_the_program_never_share_a_nonce()
    {
        Start();
        await PassAsync(Some.Guild());
        var first = await _gateway.NextAsync();
        var other = new FakeGateway(_time);
        var again = new GuildSync(
            Some.GuildId, _rest.Client(_time, _log), other, DateTimeOffset.MinValue, _time, _log.Logger<GuildSync>());
        var running = again.RunAsync(_intake, _stop.Token);

        again.Pass(Some.Guild(), out _);

        Assert.NotEqual(first.Nonce, (await other.NextAsync()).Nonce);
        Assert.InRange(first.Nonce.Length, 1, 32);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Eventually.Limit));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _rest.Dispose();
    }

    private void Start(DateTimeOffset? lastRequest = null)
    {
        var rest = _rest.Client(_time, _log);
        _sync = new GuildSync(Some.GuildId, rest, _gateway, lastRequest ?? DateTimeOffset.MinValue, _time, _log.Logger<GuildSync>());
        var coordinator = new SyncCoordinator(
            new Dictionary<Snowflake, GuildSync> { [Some.GuildId] = _sync }, new HashSet<Snowflake>(), rest, _log.Logger<SyncCoordinator>());
        _intake = new EventIntake(
            new EventDecoder(new HashSet<Snowflake>()),
            new HashSet<Snowflake> { Some.GuildId },
            coordinator,
            _queue,
            new IngestStatus(),
            _time,
            _log.Logger<EventIntake>());
        _running = coordinator.RunAsync(_intake, _stop.Token);
    }

    /// <summary>As if the gateway had brought the event.</summary>
    private async Task PassAsync(DiscordEvent @event)
    {
        await _intake.InjectAsync(@event, default);
        Drain();
    }

    private void Drain()
    {
        Assert.False(_running.IsFaulted, _running.Exception?.ToString());
        while (_queue.TryDequeue(out var item))
        {
            _queued.Add(item.Event!);
        }
    }

    private List<MembersSynced> Synced()
    {
        Drain();

        return [.. _queued.OfType<MembersSynced>()];
    }

    private Task<LogRecord> LoggedAsync(int eventId) => _log.WaitForAsync(record => record.EventId.Id == eventId);

    /// <summary>Waits for a log record that comes some time after a timer was armed at a moment the test cannot know.</summary>
    private Task LoggedAfterAsync(TimeSpan step, int eventId) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(step);
            return _log.Records.Any(record => record.EventId.Id == eventId);
        },
        $"log event {eventId}");

    private static Func<string, (int, string)> Members(params int[] ids) => _ => (200, "[" + string.Join(',', ids.Select(Member)) + "]");

    private static string Member(int id) =>
        $$$"""{"user":{"id":"{{{Some.Id(id)}}}","username":"user{{{id}}}"},"roles":[],"joined_at":"2023-01-01T00:00:00+00:00"}""";
}
