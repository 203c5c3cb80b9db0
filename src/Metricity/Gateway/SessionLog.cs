namespace Metricity.Gateway;

/// <summary>What a sequence means for the log.</summary>
internal enum SequenceCheck
{
    Next,
    Duplicate,
    Gap,
}

/// <summary>
/// The present session and how far it was delivered; survives reconnects. Written by the reader only; the session reference is
/// read by the heartbeat.
/// </summary>
internal sealed class SessionLog(GatewayPosition? resumeFrom)
{
    private volatile GatewaySession? _session = resumeFrom?.Session;

    public GatewaySession? Session => _session;

    /// <summary>Last delivered sequence of <see cref="Session"/>.</summary>
    public long Sequence { get; private set; } = resumeFrom?.Sequence ?? 0;

    /// <summary>Sequences rise by one; the docs do not promise it, so a jump is reported by the caller but never refused.</summary>
    public SequenceCheck Check(long sequence)
    {
        if (sequence <= Sequence)
        {
            return SequenceCheck.Duplicate;
        }

        return sequence == Sequence + 1 ? SequenceCheck.Next : SequenceCheck.Gap;
    }

    public void Delivered(GatewaySession session, long sequence)
    {
        Sequence = sequence;
        if (!ReferenceEquals(_session, session))
        {
            _session = session;
        }
    }

    public void Drop()
    {
        _session = null;
        Sequence = 0;
    }

    /// <summary>What a heartbeat may carry: the committed sequence of this session, or null.</summary>
    public long? HeartbeatSequence(GatewayPosition? committed)
    {
        var session = _session;
        if (session is null)
        {
            return null;
        }

        if (committed?.Session.Id == session.Id)
        {
            return committed.Sequence;
        }

        return resumeFrom?.Session.Id == session.Id ? resumeFrom.Sequence : null;
    }
}
