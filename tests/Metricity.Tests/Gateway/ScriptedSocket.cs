using System.Net.WebSockets;

namespace Metricity.Tests.Gateway;

/// <summary>A socket that receives what a test wrote down, then a close. Sends nothing.</summary>
internal sealed class ScriptedSocket(params ScriptedSocket.Message[] script) : WebSocket
{
    private int _next;
    private int _offset;

    internal sealed record Message(WebSocketMessageType Type, byte[] Bytes, bool EndOfMessage);

    public override WebSocketCloseStatus? CloseStatus => _next < script.Length ? null : WebSocketCloseStatus.NormalClosure;

    public override string? CloseStatusDescription => null;

    public override WebSocketState State => WebSocketState.Open;

    public override string? SubProtocol => null;

    public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_next == script.Length)
        {
            return ValueTask.FromResult(new ValueWebSocketReceiveResult(0, WebSocketMessageType.Close, true));
        }

        var message = script[_next];
        var count = Math.Min(buffer.Length, message.Bytes.Length - _offset);
        message.Bytes.AsSpan(_offset, count).CopyTo(buffer.Span);
        _offset += count;
        var last = _offset == message.Bytes.Length;
        if (last)
        {
            _next++;
            _offset = 0;
        }

        return ValueTask.FromResult(new ValueWebSocketReceiveResult(count, message.Type, last && message.EndOfMessage));
    }

    public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public override Task SendAsync(
        ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public override void Abort()
    {
    }

    public override void Dispose()
    {
    }
}
