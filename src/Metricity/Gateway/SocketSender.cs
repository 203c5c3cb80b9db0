using System.Net.WebSockets;

namespace Metricity.Gateway;

/// <summary>Everything one connection sends: one payload at a time, within the send budget. Any thread.</summary>
/// <param name="connectionEnded">Ends all waiting.</param>
#pragma warning disable CA1001 // the semaphore holds nothing to dispose: its wait handle is never made, and a late sender may still come
internal sealed class SocketSender(
    WebSocket socket,
    GatewayOptions options,
    TimeProvider time,
    Action<ConnectionEnd> end,
    CancellationToken connectionEnded)
#pragma warning restore CA1001
{
    private readonly SendBudget _budget = new(time);
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
        using var limit = new CancellationTokenSource(options.SendTimeout, time);
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
