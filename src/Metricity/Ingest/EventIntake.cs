using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Ingest;

/// <summary>
/// The pipeline's entry: turns a dispatch into a content-free event and queues it with its sequence. Reads the gateway's stream
/// and takes what came over REST from the guild sync; one at a time, so that what passes the tap is queued in that order.
/// </summary>
internal sealed partial class EventIntake(
    EventDecoder decoder,
    IReadOnlySet<Snowflake> guildIds,
    IEventTap tap,
    EventQueue queue,
    IngestStatus status,
    TimeProvider time,
    ILogger<EventIntake> logger,
    EventTracer? tracer = null)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _skippedElements;

    /// <summary>Between the sending of an event and its arrival here; null while a replay has not told it yet.</summary>
    private TimeSpan? _lag = TimeSpan.Zero;

    /// <summary>Takes dispatches until the stream ends. While the queue is full it asks for none: that is the back-pressure.</summary>
    public async Task RunAsync(IAsyncEnumerable<Dispatch> log, CancellationToken cancellationToken)
    {
        await foreach (var dispatch in log)
        {
            var queued = QueueAsync(dispatch, cancellationToken);
            if (!queued.IsCompletedSuccessfully)
            {
                status.CountReaderWait();
            }

            await queued;
        }
    }

    private ValueTask QueueAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        var receivedAt = dispatch.ReceivedAt;
        status.CountReceived(dispatch.Type, receivedAt);
        var trace = tracer?.Begin(DispatchTypes.IsKnown(dispatch.Type) ? dispatch.Type : DispatchTypes.Other);
        if (dispatch.Break == LogBreak.Missing)
        {
            tap.NoteMissing();
        }

        var decoded = Decode(dispatch);
        NoteLag(dispatch, decoded, receivedAt);
        var item = new QueuedEvent(decoded, dispatch.Session, dispatch.Sequence, receivedAt, dispatch.Break, Trace: trace)
        {
            SentAt = receivedAt - _lag,
        };
        trace?.Decoded();

        return PassAsync(item, cancellationToken);
    }

    /// <summary>Queues an event that did not come over the gateway. Waits while the queue is full.</summary>
    public ValueTask InjectAsync(DiscordEvent @event, CancellationToken cancellationToken) =>
        PassAsync(new QueuedEvent(@event, null, 0, time.GetUtcNow().UtcDateTime), cancellationToken);

    /// <summary>
    /// Queues what <paramref name="fetch"/> gives. Live events wait meanwhile: those that come after it are newer, or say the same, so
    /// that a list from REST never overwrites what happened while it was on its way.
    /// </summary>
    public async Task InjectAsync(Func<CancellationToken, Task<DiscordEvent>> fetch, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var fetched = await fetch(cancellationToken);
            await Queue(new QueuedEvent(fetched, null, 0, time.GetUtcNow().UtcDateTime), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>As <see cref="InjectAsync(DiscordEvent, CancellationToken)"/>, and waits until the changes are committed.</summary>
    public async Task CommitAsync(DiscordEvent @event, CancellationToken cancellationToken)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await PassAsync(new QueuedEvent(@event, null, 0, time.GetUtcNow().UtcDateTime, Committed: committed), cancellationToken);
        await committed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// A replay brings events minutes after they were sent, and only messages carry a time: the newest one tells how far behind the log is
    /// read. RESUMED does not say that the replay is over, for it may be one that is itself replayed.
    /// </summary>
    private void NoteLag(Dispatch dispatch, DiscordEvent? decoded, DateTime receivedAt)
    {
        if (decoded is MessageCreated created)
        {
            var lag = receivedAt - created.Message.Id.CreatedAt;
            _lag = lag > TimeSpan.Zero ? lag : TimeSpan.Zero;
        }
        else if (decoded is SessionStarted)
        {
            _lag = TimeSpan.Zero;
        }
        else if (dispatch.Break != LogBreak.None)
        {
            _lag = null;
        }
    }

    private DiscordEvent? Decode(Dispatch dispatch)
    {
        try
        {
            var decoded = decoder.Decode(dispatch.Type, dispatch.Data.Span);
            if (decoder.SkippedElements != _skippedElements)
            {
                LogElementsSkipped(logger, decoder.SkippedElements - _skippedElements, dispatch.Type, dispatch.Sequence);
                _skippedElements = decoder.SkippedElements;
            }

            return decoded is GuildEvent guildEvent && !guildIds.Contains(guildEvent.GuildId) ? null : decoded;
        }
        catch (MalformedPayloadException e)
        {
            status.CountMalformed();
            LogMalformed(logger, dispatch.Type, dispatch.Sequence, e.Field);

            return null;
        }
    }

    private ValueTask PassAsync(QueuedEvent item, CancellationToken cancellationToken)
    {
        // The gateway alone finds its turn free almost always, and room in the queue: then nothing is allocated.
        if (!_turn.Wait(0, CancellationToken.None))
        {
            return WaitAndPassAsync(item, cancellationToken);
        }

        var queued = Queue(item, cancellationToken);
        if (queued.IsCompletedSuccessfully)
        {
            _turn.Release();

            return ValueTask.CompletedTask;
        }

        return ReleaseAfterAsync(queued);
    }

    private async ValueTask WaitAndPassAsync(QueuedEvent item, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        await ReleaseAfterAsync(Queue(item, cancellationToken));
    }

    private async ValueTask ReleaseAfterAsync(ValueTask queued)
    {
        try
        {
            await queued;
        }
        finally
        {
            _turn.Release();
        }
    }

    private ValueTask Queue(QueuedEvent item, CancellationToken cancellationToken)
    {
        if (item.Event is null)
        {
            return queue.EnqueueAsync(item, cancellationToken);
        }

        var passed = tap.Pass(item.Event, out var then);

        return then is null
            ? queue.EnqueueAsync(item with { Event = passed }, cancellationToken)
            : QueueBothAsync(item with { Event = passed }, then);
    }

    private async ValueTask QueueBothAsync(QueuedEvent first, DiscordEvent then)
    {
        // The sequence goes with the second: it must not be committed before what belongs to it. The tap says "then" only once, so
        // neither gives up when the connection ends meanwhile: what RESUME would bring again has no second any more.
        await queue.EnqueueAsync(first with { Session = null, Sequence = 0, Committed = null, Trace = null }, CancellationToken.None);
        await queue.EnqueueAsync(first with { Event = then, Break = LogBreak.None }, CancellationToken.None);
    }

    [LoggerMessage(IngestLogEvents.MalformedPayload, LogLevel.Error,
        "Skipped a malformed {EventType} payload at sequence {Sequence}: field {Field} is missing or of the wrong type")]
    private static partial void LogMalformed(ILogger logger, string eventType, long sequence, string field);

    [LoggerMessage(IngestLogEvents.ElementsSkipped, LogLevel.Error,
        "Skipped {Count} malformed elements in a list of a {EventType} payload at sequence {Sequence}; the rest of it was kept")]
    private static partial void LogElementsSkipped(ILogger logger, long count, string eventType, long sequence);
}
