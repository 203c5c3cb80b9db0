namespace Metricity.Gateway;

/// <summary>
/// Judges one connection by its heartbeats. An unanswered beat counts against the server only when the acknowledgement cannot
/// lie unread behind data: so the heart must know when the reader waits on the socket (all that came has been read) and when it
/// waits for the consumer. Any thread.
/// </summary>
internal sealed class Heart(TimeProvider time)
{
    /// <summary>Unanswered beats after which a connection that still delivers events is dead.</summary>
    public const int MissesWhileDataFlows = 3;

    private readonly Lock _lock = new();
    private TimeSpan _settle;
    private long _beatAt;
    private int _unanswered;
    private int _misses;
    private bool _waiting;
    private bool _consumerBlocks;
    private bool _silent;
    private bool _drained;

    /// <summary>
    /// True when the connection is dead: (a) since the last beat nothing at all came while the reader waited on the socket
    /// throughout; or (b) <see cref="MissesWhileDataFlows"/> beats in a row went unanswered, in the second half of each
    /// interval the socket was seen empty, and the consumer does not block now.
    /// </summary>
    public bool LooksDead
    {
        get
        {
            lock (_lock)
            {
                if (_unanswered == 0 || _consumerBlocks)
                {
                    return false;
                }

                return _silent || ((_drained || _waiting) && _misses + 1 >= MissesWhileDataFlows);
            }
        }
    }

    /// <summary>From HELLO.</summary>
    public void Start(TimeSpan interval)
    {
        lock (_lock)
        {
            _settle = interval / 2;
        }
    }

    /// <summary>
    /// A scheduled beat is about to be sent. Beats the server asked for do not count: they have no interval to be answered in.
    /// </summary>
    public void BeatScheduled()
    {
        lock (_lock)
        {
            _misses = _unanswered > 0 && (_drained || _waiting) ? _misses + 1 : 0;
            _unanswered++;
            _beatAt = time.GetTimestamp();
            _silent = _waiting;
            _drained = false;
        }
    }

    /// <summary>An acknowledgement came: whatever is unanswered is forgiven.</summary>
    /// <returns>The round trip, if it is meaningful: exactly one beat was unanswered.</returns>
    public TimeSpan? Acknowledged()
    {
        lock (_lock)
        {
            TimeSpan? roundTrip = _unanswered == 1 ? time.GetElapsedTime(_beatAt) : null;
            _unanswered = 0;
            _misses = 0;
            _silent = false;
            return roundTrip;
        }
    }

    /// <summary>The socket holds nothing more: the reader starts to wait on it.</summary>
    public void WaitsOnSocket()
    {
        lock (_lock)
        {
            _waiting = true;
            NoteDrained();
        }
    }

    /// <summary>Something came after <see cref="WaitsOnSocket"/>.</summary>
    public void SocketAnswered()
    {
        lock (_lock)
        {
            NoteDrained();
            _waiting = false;
            _silent = false;
        }
    }

    /// <summary>The reader waits for the consumer (true) or goes on (false).</summary>
    public void ConsumerBlocks(bool blocks)
    {
        lock (_lock)
        {
            _consumerBlocks = blocks;
        }
    }

    private void NoteDrained()
    {
        // In the first half of the interval an empty socket proves little: the answer may still be on its way.
        if (_unanswered > 0 && time.GetElapsedTime(_beatAt) >= _settle)
        {
            _drained = true;
        }
    }
}
