using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// Gives one connection's dispatches their place in the log: in order, none twice, jumps reported. Used by the connection's reader.
/// </summary>
/// <param name="url">Where the connection goes to; stands in for a resume address that READY does not give.</param>
internal sealed partial class DispatchOrder(Uri url, SessionLog log, GatewayContext context)
{
    private readonly GatewayStatus _status = context.Status;
    private readonly TimeProvider _time = context.Time;
    private readonly ILogger _logger = context.Logger;
    private long? _liveSince;
    private bool _isOnline;

    /// <summary>Any dispatch has come on this connection.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>How long the session has been live here; null before READY or RESUMED.</summary>
    public TimeSpan? LiveFor => _liveSince is { } since ? _time.GetElapsedTime(since) : null;

    /// <returns>False when it is not to be delivered.</returns>
    /// <param name="end">Not null when this ends the connection.</param>
    public bool TryTake(Envelope envelope, ReadOnlyMemory<byte> data, out Dispatch dispatch, out ConnectionEnd? end)
    {
        dispatch = default;
        end = null;
        HasBegun = true;
        var @break = _isOnline ? LogBreak.None : LogBreak.Offline;
        var sequence = envelope.Sequence;
        var session = log.Session;
        if (ReferenceEquals(envelope.Type, DispatchTypes.Ready))
        {
            session = GatewayPayloadReader.ReadSession(data.Span, url);
            if (session is null)
            {
                end = ConnectionEnd.OddReady;

                return false;
            }

            @break = LogBreak.None;
            GoLive(session);
            LogReady();
        }
        else if (session is null)
        {
            _status.CountMalformed();
            LogBeforeReady(sequence);

            return false;
        }
        else if (ReferenceEquals(envelope.Type, DispatchTypes.Resumed))
        {
            // Whether RESUMED takes a number of its own is unconfirmed: one that repeats the last still counts.
            sequence = Math.Max(sequence, log.Sequence);
            @break = IsAfterGap(sequence) ? LogBreak.Missing : @break;
            GoLive(session);
            _status.CountResumed();
            LogResumed(log.Sequence);
        }
        else
        {
            switch (log.Check(sequence))
            {
                case SequenceCheck.Duplicate:
                    _status.CountDuplicate();

                    return false;
                case SequenceCheck.Gap when IsAfterGap(sequence):
                    @break = LogBreak.Missing;
                    break;
            }
        }

        _isOnline = true;
        dispatch = new Dispatch(session, sequence, envelope.Type, data, _time.GetUtcNow().UtcDateTime, @break);

        return true;
    }

    private void GoLive(GatewaySession session)
    {
        // Before anybody sees READY, so that who does may already ask for members.
        _liveSince = _time.GetTimestamp();
        _status.SessionId = session.Id;
        _status.Ready = true;
    }

    private bool IsAfterGap(long sequence)
    {
        if (log.Check(sequence) != SequenceCheck.Gap)
        {
            return false;
        }

        _status.CountGap();
        LogGap(log.Sequence, sequence);

        return true;
    }

    [LoggerMessage(LogEvents.Gateway.Ready, LogLevel.Information, "Discord gave a new session; collecting")]
    private partial void LogReady();

    [LoggerMessage(LogEvents.Gateway.Resumed, LogLevel.Information, "The session was resumed up to sequence {Sequence}; collecting")]
    private partial void LogResumed(long sequence);

    [LoggerMessage(LogEvents.Gateway.SequenceGap, LogLevel.Error,
        "Events are missing: sequence {Sequence} followed {LastSequence}")]
    private partial void LogGap(long lastSequence, long sequence);

    [LoggerMessage(LogEvents.Gateway.DispatchBeforeReady, LogLevel.Error, "An event (sequence {Sequence}) came before READY and is skipped")]
    private partial void LogBeforeReady(long sequence);
}
