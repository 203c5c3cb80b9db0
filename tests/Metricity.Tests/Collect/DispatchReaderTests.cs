using System.Text;
using Metricity.Collect;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

public sealed class DispatchReaderTests
{
    private readonly FakeLogCollector _log = new();
    private readonly CollectStatus _status = new();
    private readonly EventQueue _queue = new(capacity: 3, maxBytes: 1_000_000, TimeProvider.System);
    private readonly Observer _observer;
    private readonly Observer _second;
    private readonly DispatchReader _reader;

    public DispatchReaderTests()
    {
        _observer = new Observer(_queue);
        _second = new Observer(_queue);
        _reader = new DispatchReader(
            new EventDecoder(new HashSet<Snowflake>(), new HashSet<Snowflake> { Some.GuildId }),
            [_observer, _second],
            _queue,
            _status,
            null,
            new FakeLogger<DispatchReader>(_log));
    }

    [Fact]
    public async Task Dispatch_is_decoded_and_queued_with_its_place_in_the_log()
    {
        await ReadAsync(Delete(1000, sequence: 7));

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

        await ReadAsync(
            Delete(1000, sequence: 7) with { Break = LogBreak.Offline },
            Dispatch(
                "MESSAGE_CREATE",
                $$"""{"type":0,"author":{"id":"9","username":"a"},"id":"{{message}}","channel_id":"6","guild_id":"{{Some.GuildId}}"}""",
                8),
            Delete(1001, sequence: 9));

        var queued = new List<(long, DateTime, DateTime?)>();
        while (_queue.TryDequeue(out var item))
        {
            queued.Add((item.Sequence, item.ReceivedAt, item.SentAt));
        }

        Assert.Equal([(7, Some.At, null), (8, Some.At, sent), (9, Some.At, sent)], queued);
    }

    [Fact]
    public async Task Event_of_a_guild_that_the_settings_do_not_name_counts_and_is_not_shown()
    {
        await ReadAsync(Dispatch("MESSAGE_DELETE", """{"id":"5","channel_id":"6","guild_id":"7"}""", 8));

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal((null, 8L), (item.Event, item.Sequence));
        Assert.Empty(_observer.Seen);
    }

    [Fact]
    public async Task Unknown_event_counts_and_changes_nothing()
    {
        await ReadAsync(Dispatch("SOMETHING_NEW", """{"guild_id":"7"}""", 8));

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
        await ReadAsync(Dispatch("MESSAGE_DELETE", payload, 8));

        Assert.True(_queue.TryDequeue(out var item));
        Assert.Equal((null, 8L), (item.Event, item.Sequence));
        Assert.Equal(1, _status.Malformed);
        var record = Assert.Single(_log.GetSnapshot());
        Assert.Equal((LogEvents.Collect.MalformedPayload, LogLevel.Error), (record.Id.Id, record.Level));
        Assert.Contains("MESSAGE_DELETE", record.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("1000", record.Everything(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_observer_sees_every_event_in_order_and_before_it_is_queued()
    {
        await ReadAsync(Delete(1000, sequence: 7), Delete(1001, sequence: 8));

        Assert.Equal([(typeof(MessagesDeleted), 0), (typeof(MessagesDeleted), 1)], _observer.Seen);
        Assert.Equal(_observer.Seen, _second.Seen);
    }

    [Fact]
    public async Task Loss_of_events_is_shown_before_the_event_that_follows_it_also_when_that_one_is_not_kept()
    {
        await ReadAsync(
            Delete(1000, sequence: 7) with { Break = LogBreak.Missing },
            Dispatch("SOMETHING_NEW", "{}", 10) with { Break = LogBreak.Missing });

        Assert.Equal([(typeof(EventsMissing), 0), (typeof(MessagesDeleted), 0), (typeof(EventsMissing), 1)], _observer.Seen);
    }

    [Fact]
    public async Task Full_queue_makes_the_reader_wait_and_ask_for_no_more()
    {
        var asked = 0;
        var reading = _reader.RunAsync(CountAsync(), default);

        Assert.Equal(4, asked);
        Assert.False(reading.IsCompleted);
        Assert.Equal(1, _status.ReaderWaits);
        Assert.True(_queue.TryDequeue(out _));
        await reading.WaitAsync(Eventually.Limit);
        Assert.Equal(3, _queue.Count);

        async IAsyncEnumerable<Dispatch> CountAsync()
        {
            for (asked = 1; asked <= 4; asked++)
            {
                yield return Delete(asked, asked);
                await Task.CompletedTask;
            }
        }
    }

    [Fact]
    public async Task Stop_ends_the_wait_for_room_and_what_waited_is_not_queued()
    {
        using var stop = new CancellationTokenSource();
        var reading = _reader.RunAsync(
            AsStream(Delete(1, 1), Delete(2, 2), Delete(3, 3), Delete(1000, 10)), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(3, _queue.Count);
    }

    [Fact]
    public async Task Fault_of_an_observer_ends_the_reading_and_its_event_is_not_queued()
    {
        _second.Fault = new NotSupportedException();

        await Assert.ThrowsAsync<NotSupportedException>(() => ReadAsync(Delete(1000, sequence: 7)));

        Assert.Equal(0, _queue.Count);
    }

    private Task ReadAsync(params Dispatch[] dispatches) => _reader.RunAsync(AsStream(dispatches), default);

    private static async IAsyncEnumerable<Dispatch> AsStream(params Dispatch[] dispatches)
    {
        foreach (var dispatch in dispatches)
        {
            yield return dispatch;
            await Task.CompletedTask;
        }
    }

    private static Dispatch Delete(int id, long sequence) =>
        Dispatch("MESSAGE_DELETE", $$"""{"id":"{{Some.Id(id)}}","channel_id":"6","guild_id":"{{Some.GuildId}}"}""", sequence);

    private static Dispatch Dispatch(string type, string payload, long sequence) =>
        new(Some.Session, sequence, type, Encoding.UTF8.GetBytes(payload), Some.At);

    /// <summary>Keeps what it sees, and how many events were queued by then.</summary>
    private sealed class Observer(EventQueue queue) : IEventObserver
    {
        public List<(Type Event, int Queued)> Seen { get; } = [];

        public Exception? Fault { get; set; }

        public void See(DiscordEvent @event)
        {
            if (Fault is not null)
            {
                throw Fault;
            }

            Seen.Add((@event.GetType(), queue.Count));
        }
    }
}
