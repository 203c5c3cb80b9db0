using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// Hands one connection's dispatches to the consumer: in order, none twice, jumps reported. Used by the connection's reader.
/// </summary>
/// <param name="url">Where the connection goes to; stands in for a resume address that READY does not give.</param>
/// <param name="connectionEnded">Ends the wait for the consumer.</param>
internal sealed partial class DispatchDelivery(
    Uri url,
    SessionLog log,
    IDispatchConsumer consumer,
    Heart heart,
    GatewayStatus status,
    TimeProvider time,
    ILogger logger,
    CancellationToken connectionEnded)
{
    private long? _liveSince;
    private bool _isOnline;

    /// <summary>Any dispatch has come on this connection.</summary>
    public bool Started { get; private set; }

    /// <summary>How long the session has been live here; null before READY or RESUMED.</summary>
    public TimeSpan? LiveFor => _liveSince is { } since ? time.GetElapsedTime(since) : null;

    /// <returns>Not null when this ends the connection.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ConnectionEnd?> DeliverAsync(Envelope envelope, ReadOnlyMemory<byte> data)
    {
        var @break = _isOnline ? LogBreak.None : LogBreak.Offline;
        Started = true;
        var sequence = envelope.Sequence;
        var session = log.Session;
        if (ReferenceEquals(envelope.Type, DispatchTypes.Ready))
        {
            session = GatewayPayloadReader.ReadSession(data.Span, url);
            if (session is null)
            {
                return ConnectionEnd.OddReady;
            }

            @break = LogBreak.None;
            GoLive(session);
            LogReady();
        }
        else if (session is null)
        {
            status.CountMalformed();
            LogBeforeReady(sequence);
            return null;
        }
        else if (ReferenceEquals(envelope.Type, DispatchTypes.Resumed))
        {
            // Whether RESUMED takes a number of its own is unconfirmed: one that repeats the last still counts.
            sequence = Math.Max(sequence, log.Sequence);
            @break = IsAfterGap(session, sequence) ? LogBreak.Missing : @break;
            GoLive(session);
            status.CountResumed();
            LogResumed(log.Sequence);
        }
        else if (IsDuplicate(sequence))
        {
            return null;
        }
        else if (IsAfterGap(session, sequence))
        {
            @break = LogBreak.Missing;
        }

        var consumed = consumer.ConsumeAsync(new Dispatch(session, sequence, envelope.Type, data, @break), connectionEnded);
        if (consumed.IsCompletedSuccessfully)
        {
            consumed.GetAwaiter().GetResult();
        }
        else if (!await WaitForConsumerAsync(consumed))
        {
            return null;
        }

        _isOnline = true;
        log.Delivered(session, sequence);
        status.CountDispatch(sequence);
        return null;
    }

    private void GoLive(GatewaySession session)
    {
        // Before the consumer sees READY, so that it may already ask for members.
        _liveSince = time.GetTimestamp();
        status.SessionId = session.Id;
        status.Ready = true;
    }

    private bool IsDuplicate(long sequence)
    {
        if (log.Check(sequence) != SequenceCheck.Duplicate)
        {
            return false;
        }

        status.CountDuplicate();
        return true;
    }

    private bool IsAfterGap(GatewaySession session, long sequence)
    {
        if (log.Check(sequence) != SequenceCheck.Gap)
        {
            return false;
        }

        status.CountGap(new SequenceGap(session.Id, log.Sequence, sequence, time.GetUtcNow()));
        LogGap(log.Sequence, sequence);
        return true;
    }

    /// <returns>False when the connection ended first; the dispatch was not taken then.</returns>
    private async ValueTask<bool> WaitForConsumerAsync(ValueTask consumed)
    {
        status.CountConsumerWait();
        status.ConsumerBlocked = true;
        heart.ConsumerBlocks(true);
        try
        {
            await consumed;
            return true;
        }
        catch (OperationCanceledException) when (connectionEnded.IsCancellationRequested)
        {
            LogNotTaken();
            return false;
        }
        finally
        {
            heart.ConsumerBlocks(false);
            status.ConsumerBlocked = false;
        }
    }

    [LoggerMessage(GatewayLogEvents.Ready, LogLevel.Information, "Discord gave a new session; collecting")]
    private partial void LogReady();

    [LoggerMessage(GatewayLogEvents.Resumed, LogLevel.Information, "The session was resumed up to sequence {Sequence}; collecting")]
    private partial void LogResumed(long sequence);

    [LoggerMessage(GatewayLogEvents.SequenceGap, LogLevel.Error,
        "Events are missing: sequence {Sequence} followed {LastSequence}")]
    private partial void LogGap(long lastSequence, long sequence);

    [LoggerMessage(GatewayLogEvents.DispatchBeforeReady, LogLevel.Error, "An event (sequence {Sequence}) came before READY and is skipped")]
    private partial void LogBeforeReady(long sequence);

    [LoggerMessage(GatewayLogEvents.DispatchNotTaken, LogLevel.Debug, "The connection ended while an event waited for the consumer")]
    private partial void LogNotTaken();
}
