namespace Metricity.Gateway;

/// <summary>
/// Discord closes a connection (4008) that sends more than 120 payloads in 60 s, heartbeats included. This sliding window lets
/// ordinary sends use 110 of them and leaves the rest to scheduled heartbeats. One per connection; any thread.
/// </summary>
internal sealed class SendBudget(TimeProvider time)
{
    public const int Limit = 120;
    public const int HeartbeatReserve = 10;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Queue<long> _sent = new();

    /// <summary>Takes one send, or tells how long to wait before asking again.</summary>
    public bool TryTake(bool scheduledHeartbeat, out TimeSpan wait)
    {
        var limit = scheduledHeartbeat ? Limit : Limit - HeartbeatReserve;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            while (_sent.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= Window)
            {
                _sent.Dequeue();
            }

            if (_sent.Count < limit)
            {
                _sent.Enqueue(now);
                wait = TimeSpan.Zero;
                return true;
            }

            // The send that must leave the window first: with the reserve in use that is not the oldest one.
            var blocking = _sent.ElementAt(_sent.Count - limit);
            wait = Window - time.GetElapsedTime(blocking, now) + TimeSpan.FromMilliseconds(1);
            return false;
        }
    }

    public async ValueTask TakeAsync(bool scheduledHeartbeat, CancellationToken cancellationToken)
    {
        while (!TryTake(scheduledHeartbeat, out var wait))
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
