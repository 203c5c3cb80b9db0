using System.Net.WebSockets;

namespace Metricity.Gateway;

/// <summary>Everything one connection sends: one payload at a time, within the send budget. Any thread.</summary>
/// <param name="connectionEnded">Ends all waiting.</param>
#pragma warning disable CA1001 // the semaphore holds nothing to dispose: its wait handle is never made, and a late sender may still come
internal sealed class SocketSender(
    WebSocket socket, Action<ConnectionEnd> end, GatewayContext context, CancellationToken connectionEnded)
#pragma warning restore CA1001
{
    private readonly SendBudget _budget = new(context.Time);
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    /// <summary>What a socket that is closed, broken or aborted may throw.</summary>
    public static bool IsSocketFault(Exception exception)
    {
        return exception is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException;
    }

    /// <summary>
    /// Throws <see cref="GatewayNotConnectedException"/> when the connection ends first. <paramref name="cancellationToken"/> ends
    /// the waiting for budget and turn, never the send itself: a send cut short would cost the connection.
    /// </summary>
    public async Task SendAsync(byte[] payload, bool scheduledHeartbeat, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connectionEnded);
        try
        {
            await _budget.TakeAsync(scheduledHeartbeat, waiting.Token);
            await _oneAtATime.WaitAsync(waiting.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GatewayNotConnectedException(e);
        }

        await SendNowAsync(payload);
    }

    /// <summary>Sends unless the budget is spent. Throws as <see cref="SendAsync"/>.</summary>
    public async Task<bool> TrySendAsync(byte[] payload)
    {
        if (!_budget.TryTake(scheduledHeartbeat: false, out _))
        {
            return false;
        }

        try
        {
            await _oneAtATime.WaitAsync(connectionEnded);
        }
        catch (OperationCanceledException e)
        {
            throw new GatewayNotConnectedException(e);
        }

        await SendNowAsync(payload);

        return true;
    }

    /// <summary>Sends the close frame that keeps the session. Throws what the socket throws.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync((WebSocketCloseStatus)CloseCodes.KeepSession, null, cancellationToken);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task SendNowAsync(byte[] payload)
    {
        using var limit = new CancellationTokenSource(context.Options.SendTimeout, context.Time);
        try
        {
            await socket.SendAsync(payload.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        }
        catch (OperationCanceledException e)
        {
            end(ConnectionEnd.SendTimedOut);
            throw new GatewayNotConnectedException(e);
        }
        catch (Exception e) when (IsSocketFault(e))
        {
            throw new GatewayNotConnectedException(e);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}

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

/// <summary>There is no live session to send on, or it was lost while sending. Try again once the status says Ready.</summary>
internal sealed class GatewayNotConnectedException(Exception? inner = null)
    : InvalidOperationException("The gateway connection is not live.", inner);
