namespace Metricity.Gateway;

/// <summary>What a sequence means for the log.</summary>
internal enum SequenceCheck
{
    Next,
    Duplicate,
    Gap,
}

/// <summary>
/// The present session, how far it was delivered and how far it is committed; survives reconnects. Written by the reader only, but for
/// <see cref="Committed"/>, which any thread may set; the heartbeat reads session and commit.
/// </summary>
internal sealed class SessionLog(GatewayPosition? resumeFrom)
{
    private volatile GatewaySession? _session = resumeFrom?.Session;
    private volatile GatewayPosition? _committed = resumeFrom;
    private (string? SessionId, long Sequence) _brokenAfter = (null, -1);

    public GatewaySession? Session => _session;

    /// <summary>Last delivered sequence of <see cref="Session"/>.</summary>
    public long Sequence { get; private set; } = resumeFrom?.Sequence ?? 0;

    /// <summary>What is safely stored, of whatever session; null before the first commit.</summary>
    public GatewayPosition? Committed
    {
        get => _committed;
        set => _committed = value;
    }

    /// <summary>
    /// What a heartbeat may carry: the committed sequence of this session, or null. Never more, because what a heartbeat's sequence
    /// does to Discord's replay buffer is undocumented.
    /// </summary>
    public long? HeartbeatSequence => _committed is { } committed && committed.Session.Id == _session?.Id ? committed.Sequence : null;

    /// <summary>Sequences rise by one; the docs do not promise it, so a jump is reported by the caller but never refused.</summary>
    public SequenceCheck Check(long sequence)
    {
        if (sequence <= Sequence)
        {
            return SequenceCheck.Duplicate;
        }

        return sequence == Sequence + 1 ? SequenceCheck.Next : SequenceCheck.Gap;
    }

    /// <summary>
    /// Tells a damaged stream from a payload that Discord itself sent broken: the first is gone after a RESUME, the second comes again
    /// after the same sequence, and this gives true.
    /// </summary>
    public bool IsBrokenAgain()
    {
        var here = (_session?.Id, Sequence);
        if (_brokenAfter == here)
        {
            return true;
        }

        _brokenAfter = here;

        return false;
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
}

/// <summary>
/// Decides when a session is given up. A RESUME that did not reach the server says nothing about the session, so only attempts
/// that did count; but with one of those failed, time counts as well (Discord: a session lives "a few minutes").
/// </summary>
internal sealed class ResumeLimit(int maxAttempts, TimeSpan timeLimit, TimeProvider time)
{
    private int _reached;
    private long _since = time.GetTimestamp();

    public bool Exhausted => _reached >= maxAttempts || (_reached > 0 && time.GetElapsedTime(_since) > timeLimit);

    /// <summary>A RESUME was sent, and the connection ended without RESUMED.</summary>
    public void Failed()
    {
        _reached++;
    }

    /// <summary>A live connection ended just now, or a new session is to be made.</summary>
    public void Reset()
    {
        _reached = 0;
        _since = time.GetTimestamp();
    }
}
