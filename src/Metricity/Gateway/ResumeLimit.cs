namespace Metricity.Gateway;

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
