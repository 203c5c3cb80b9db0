using System.Text;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Ingest;
using Metricity.Testing;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Ingest;

public sealed class EventIntakeTests
{
    private readonly ListLoggerProvider _log = new();
    private readonly IngestStatus _status = new();
    private readonly Tap _tap = new();
    private readonly EventQueue _queue;
    private readonly EventIntake _intake;

    public EventIntakeTests()
    {
        _queue = new EventQueue(capacity: 3, maxBytes: 1_000_000);
        _intake = new EventIntake(
            new EventDecoder(new HashSet<Snowflake>()),
            new HashSet<Snowflake> { Some.GuildId },
            _tap,
            _queue,
            _status,
            new ManualTimeProvider(),
            _log.Logger<EventIntake>());
    }

    [Fact]
    public async Task Dispatch_is_decoded_and_queued_with_its_place_in_the_log()
    {
        await ConsumeAsync(Delete(1000, sequence: 7), default);

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal([Some.Id(1000)], Assert.IsType<MessagesDeleted>(item.Event).MessageIds);
        Assert.Equal((Some.Session, 7L), (item.Session, item.Sequence));
        Assert.Equal(Some.At, item.ReceivedAt);
        Assert.Equal(DateTimeKind.Utc, item.ReceivedAt.Kind);
    }

    [Fact]
    public async Task Replayed_event_has_the_time_of_the_log_that_the_newest_message_tells()
    {
        var sent = Some.At.AddMinutes(-3);
        var message = Snowflake.At(sent);

        await ConsumeAsync(Delete(1000, sequence: 7) with { Break = LogBreak.Offline }, default);
        await ConsumeAsync(
            Dispatch(
                "MESSAGE_CREATE",
                $$"""{"type":0,"author":{"id":"9","username":"a"},"id":"{{message}}","channel_id":"6","guild_id":"{{Some.GuildId}}"}""",
                8),
            default);
        await ConsumeAsync(Delete(1001, sequence: 9), default);

        var queued = new List<(long, DateTime, DateTime?)>();
        while (_queue.TryDequeue(out var item))
        {
            queued.Add((item.Sequence, item.ReceivedAt, item.SentAt));
        }

        Assert.Equal([(7, Some.At, null), (8, Some.At, sent), (9, Some.At, sent)], queued);
    }

    [Fact]
    public async Task Event_of_a_guild_that_the_settings_do_not_name_counts_and_is_not_passed_on()
    {
        await ConsumeAsync(Dispatch("MESSAGE_DELETE", """{"id":"5","channel_id":"6","guild_id":"7"}""", 8), default);

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal((null, 8L), (item.Event, item.Sequence));
        Assert.Empty(_tap.Passed);
    }

    [Fact]
    public async Task Unknown_event_counts_and_changes_nothing()
    {
        await ConsumeAsync(Dispatch("SOMETHING_NEW", """{"guild_id":"7"}""", 8), default);

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal((null, 8L), (item.Event, item.Sequence));
        Assert.Equal(1, _status.Received["SOMETHING_NEW"]);
    }

    [Theory]
    [InlineData("""{"id":"1000","channel_id":""")]
    [InlineData("""{"id":{"1000":1},"channel_id":"6","guild_id":"1100000000000000000"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task Malformed_payload_counts_and_is_logged_without_its_text(string payload)
    {
        await ConsumeAsync(Dispatch("MESSAGE_DELETE", payload, 8), default);

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal((null, 8L), (item.Event, item.Sequence));
        Assert.Equal(1, _status.Malformed);
        var record = Assert.Single(_log.Records);
        Assert.Equal((IngestLogEvents.MalformedPayload, LogLevel.Error), (record.EventId.Id, record.Level));
        Assert.Contains("MESSAGE_DELETE", record.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("1000", record.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Injected_event_is_queued_without_a_place_in_the_log()
    {
        await _intake.InjectAsync(new ChannelChanged(Some.GuildId, Some.Channel(100)), default);

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Null(item.Session);
        Assert.Single(_tap.Passed);
    }

    [Fact]
    public async Task Event_that_the_tap_adds_follows_and_takes_the_sequence_with_it()
    {
        _tap.Then = new MembersSynced(Some.GuildId, []);

        await ConsumeAsync(Delete(1000, sequence: 7), default);

        Assert.True(_queue.TryDequeue(out var first));
        Assert.True(_queue.TryDequeue(out var second));
        Assert.Null(first.Session);
        Assert.IsType<MembersSynced>(second.Event);
        Assert.Equal((Some.Session, 7L), (second.Session, second.Sequence));
    }

    [Fact]
    public async Task Event_that_the_tap_adds_is_not_lost_when_the_connection_ends_while_the_queue_is_full()
    {
        await FillAsync();
        _tap.Then = new MembersSynced(Some.GuildId, []);
        using var connection = new CancellationTokenSource();
        var consuming = ConsumeAsync(Delete(1000, sequence: 7), connection.Token);

        await connection.CancelAsync();
        var taken = new List<DiscordEvent?>();
        await Eventually.TrueAsync(
            () =>
            {
                while (_queue.TryDequeue(out var item))
                {
                    taken.Add(item.Event);
                }

                return consuming.IsCompleted;
            },
            "both events are queued");

        await consuming;
        while (_queue.TryDequeue(out var item))
        {
            taken.Add(item.Event);
        }

        Assert.IsType<MessagesDeleted>(taken[^2]);
        Assert.IsType<MembersSynced>(taken[^1]);
    }

    [Fact]
    public async Task Full_queue_makes_the_reader_wait_and_injected_events_keep_their_turn()
    {
        await FillAsync();

        var live = ConsumeAsync(Delete(1000, sequence: 10), default);
        var injected = _intake.InjectAsync(new ChannelChanged(Some.GuildId, Some.Channel(100)), default).AsTask();

        // The tap has seen only what is in the queue or next in line: what it says of the order is true.
        Assert.False(live.IsCompleted);
        Assert.Equal(4, _tap.Passed.Count);
        Assert.True(_queue.TryDequeue(out _));
        await live.WaitAsync(Eventually.Limit);
        Assert.False(injected.IsCompleted);
        Assert.True(_queue.TryDequeue(out _));
        await injected.WaitAsync(Eventually.Limit);
        Assert.IsType<ChannelChanged>(_tap.Passed[^1]);
    }

    [Fact]
    public async Task Live_event_waits_while_something_is_fetched_and_comes_after_it()
    {
        var answer = new TaskCompletionSource<DiscordEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fetching = _intake.InjectAsync(_ => answer.Task, default);

        var live = ConsumeAsync(Delete(1000, sequence: 7), default);
        Assert.False(live.IsCompleted);
        Assert.Empty(_tap.Passed);
        answer.SetResult(Some.Guild());
        await fetching.WaitAsync(Eventually.Limit);
        await live.WaitAsync(Eventually.Limit);

        Assert.IsType<GuildAvailable>(_tap.Passed[0]);
        Assert.IsType<MessagesDeleted>(_tap.Passed[1]);
    }

    [Fact]
    public async Task Fetch_that_fails_lets_live_events_go_on()
    {
        await Assert.ThrowsAsync<TimeoutException>(
            () => _intake.InjectAsync(_ => Task.FromException<DiscordEvent>(new TimeoutException()), default));

        await ConsumeAsync(Delete(1000, sequence: 7), default).WaitAsync(Eventually.Limit);

        Assert.Single(_tap.Passed);
    }

    [Fact]
    public async Task Cancelled_dispatch_was_not_taken_and_the_next_one_goes_through()
    {
        await FillAsync();
        using var connection = new CancellationTokenSource();
        var consuming = ConsumeAsync(Delete(1000, sequence: 10), connection.Token);

        await connection.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
        Assert.Equal(3, _queue.Count);
        Assert.True(_queue.TryDequeue(out _));
        await ConsumeAsync(Delete(1000, sequence: 10), default).WaitAsync(Eventually.Limit);
        Assert.Equal(3, _queue.Count);
    }

    /// <summary>As if the gateway's stream had one dispatch.</summary>
    private Task ConsumeAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        return _intake.RunAsync(OneAsync(), cancellationToken);

        async IAsyncEnumerable<Dispatch> OneAsync()
        {
            yield return dispatch;
            await Task.CompletedTask;
        }
    }

    private async Task FillAsync()
    {
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            await ConsumeAsync(Delete(sequence, sequence), default);
        }
    }

    private static Dispatch Delete(int id, long sequence) =>
        Dispatch("MESSAGE_DELETE", $$"""{"id":"{{Some.Id(id)}}","channel_id":"6","guild_id":"{{Some.GuildId}}"}""", sequence);

    private static Dispatch Dispatch(string type, string payload, long sequence) =>
        new(Some.Session, sequence, type, Encoding.UTF8.GetBytes(payload), Some.At);

    /// <summary>Passes everything on; adds <see cref="Then"/> once.</summary>
    private sealed class Tap : IEventTap
    {
        public List<DiscordEvent> Passed { get; } = [];

        public DiscordEvent? Then { get; set; }

        public DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then)
        {
            Passed.Add(@event);
            then = Then;
            Then = null;

            return @event;
        }
    }
}
