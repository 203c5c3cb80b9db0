namespace Metricity.Gateway;

/// <summary>
/// Tells a damaged stream from a payload that Discord itself sent broken: the first is gone after a RESUME, the second comes again
/// after the same sequence. Used by the reader of one connection at a time.
/// </summary>
internal sealed class PoisonWatch
{
    private string? _sessionId;
    private long _sequence = -1;

    public bool SeenBefore(GatewaySession? session, long sequence)
    {
        if (_sequence == sequence && _sessionId == session?.Id)
        {
            return true;
        }

        _sessionId = session?.Id;
        _sequence = sequence;
        return false;
    }
}
