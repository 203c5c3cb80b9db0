using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// The reader's loop: asks the gateway for the next dispatch, turns it into a content-free event, shows that to the observers and queues it
/// with its place in the log.
/// </summary>
/// <param name="tracer">Null = no traces.</param>
internal sealed partial class DispatchReader(
    EventDecoder decoder,
    IEnumerable<IEventObserver> observers,
    EventQueue queue,
    CollectStatus status,
    EventTracer? tracer,
    ILogger<DispatchReader> logger)
{
    private readonly IEventObserver[] _observers = [.. observers];
    private long _skippedElements;

    /// <summary>Between the sending of an event and its arrival here; null while a replay has not told it yet.</summary>
    private TimeSpan? _lag = TimeSpan.Zero;

    /// <summary>Until the stream ends. While the queue is full no dispatch is asked for: that is the back-pressure.</summary>
    public async Task RunAsync(IAsyncEnumerable<Dispatch> gateway, CancellationToken cancellationToken)
    {
        await foreach (var dispatch in gateway)
        {
            var item = Read(dispatch);
            Show(item);
            var queued = queue.EnqueueAsync(item, cancellationToken);
            if (!queued.IsCompletedSuccessfully)
            {
                status.CountReaderWait();
                await queued;
            }
        }
    }

    private QueuedEvent Read(Dispatch dispatch)
    {
        status.CountReceived(dispatch.Type, dispatch.ReceivedAt);
        var trace = tracer?.Begin(DispatchTypes.IsKnown(dispatch.Type) ? dispatch.Type : DispatchTypes.Other);
        var decoded = Decode(dispatch);
        NoteLag(dispatch, decoded);
        trace?.Decoded();

        return new QueuedEvent(decoded, dispatch.Session, dispatch.Sequence, dispatch.ReceivedAt, dispatch.Break, Trace: trace)
        {
            SentAt = dispatch.ReceivedAt - _lag,
        };
    }

    private void Show(in QueuedEvent item)
    {
        foreach (var observer in _observers)
        {
            if (item.Break == LogBreak.Missing)
            {
                observer.See(new EventsMissing());
            }

            if (item.Event is not null)
            {
                observer.See(item.Event);
            }
        }
    }

    private DiscordEvent? Decode(Dispatch dispatch)
    {
        try
        {
            var decoded = decoder.Decode(dispatch.Type, dispatch.Data.Span);
            if (decoder.SkippedElements != _skippedElements)
            {
                LogElementsSkipped(decoder.SkippedElements - _skippedElements, dispatch.Type, dispatch.Sequence);
                _skippedElements = decoder.SkippedElements;
            }

            return decoded;
        }
        catch (MalformedPayloadException e)
        {
            status.CountMalformed();
            LogMalformed(dispatch.Type, dispatch.Sequence, e.Field);

            return null;
        }
    }

    /// <summary>
    /// A replay brings events minutes after they were sent, and only messages carry a time: the newest one tells how far behind the log is
    /// read. RESUMED does not say that the replay is over, for it may be one that is itself replayed.
    /// </summary>
    private void NoteLag(Dispatch dispatch, DiscordEvent? decoded)
    {
        if (decoded is MessageCreated created)
        {
            var lag = dispatch.ReceivedAt - created.Message.Id.CreatedAt;
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

    [LoggerMessage(LogEvents.Collect.MalformedPayload, LogLevel.Error,
        "Skipped a malformed {EventType} payload at sequence {Sequence}: field {Field} is missing or of the wrong type")]
    private partial void LogMalformed(string eventType, long sequence, string field);

    [LoggerMessage(LogEvents.Collect.ElementsSkipped, LogLevel.Error,
        "Skipped {Count} malformed elements in a list of a {EventType} payload at sequence {Sequence}; the rest of it was kept")]
    private partial void LogElementsSkipped(long count, string eventType, long sequence);
}
