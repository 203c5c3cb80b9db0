using System.Text.Json;
using System.Threading.Channels;

namespace Metricity.DiscordSimulator;

/// <summary>One WebSocket connection: what a test may look at, and its writer. Its state is under the world's lock.</summary>
public sealed class SimConnection
{
    private const int WriteAt = 128 * 1024;

    private readonly SimGateway _gateway;
    private readonly Stream _stream;
    private readonly Action _drop;
    private readonly Action _hangUp;
    private readonly Channel<Outgoing> _outgoing = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<Outgoing> _held = [];
    private readonly List<SimReceived> _received = [];
    private readonly List<SimHeartbeat> _heartbeats = [];
    private readonly Queue<DateTimeOffset> _sends = new();
    private long _dispatchesWritten;
    private long _bytesWritten;
    private int _queued;

    /// <param name="gateway">Whose it is.</param>
    /// <param name="stream">The upgraded stream.</param>
    /// <param name="drop">Resets TCP: what the client has not read yet is lost to it.</param>
    /// <param name="hangUp">Ends TCP in order: the client reads all that was sent, then the end.</param>
    /// <param name="number">Its number.</param>
    /// <param name="query">Query string of the URL.</param>
    /// <param name="zlibStream">Whether the whole connection is compressed.</param>
    internal SimConnection(SimGateway gateway, Stream stream, Action drop, Action hangUp, int number, string query, bool zlibStream)
    {
        _gateway = gateway;
        _stream = stream;
        _drop = drop;
        _hangUp = hangUp;
        Number = number;
        Query = query;
        ZlibStream = zlibStream;
        OpenedAt = gateway.World.Now;
    }

    /// <summary>1 for the simulator's first.</summary>
    public int Number { get; }

    /// <summary>The query string of the URL, e.g. <c>?v=10&amp;encoding=json</c>.</summary>
    public string Query { get; }

    public bool ZlibStream { get; }

    public DateTimeOffset OpenedAt { get; }

    /// <summary>Null before IDENTIFY or RESUME succeeded.</summary>
    public SimSession? Session { get; internal set; }

    /// <summary>False as soon as either side has ended it.</summary>
    public bool IsOpen { get; internal set; } = true;

    /// <summary>The client's half is over too: its close frame came, or TCP was dropped.</summary>
    public bool IsEnded { get; internal set; }

    /// <summary>Code of the client's close frame; 1005 for a frame without one, null when it dropped TCP or is still there.</summary>
    public int? ClientCloseCode { get; internal set; }

    /// <summary>Code that the simulator closed with; null when it did not.</summary>
    public int? ServerCloseCode { get; internal set; }

    /// <summary>Everything the client sent, in order.</summary>
    public IReadOnlyList<SimReceived> Received => Copy(_received);

    public IReadOnlyList<SimHeartbeat> Heartbeats => Copy(_heartbeats);

    /// <summary>Dispatches handed to the socket.</summary>
    public long DispatchesWritten => Volatile.Read(ref _dispatchesWritten);

    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    /// <summary>What waits for a client that does not read, or for <see cref="SimGateway.ResumeDelivery"/>.</summary>
    public int Queued => Volatile.Read(ref _queued);

    internal bool Identified => Session is not null;

    internal bool Holding { get; set; }

    internal ITimer? Watchdog { get; set; }

    /// <summary>IDENTIFY asked for payload compression.</summary>
    internal bool CompressPayloads { get; set; }

    internal void Record(SimReceived received)
    {
        _received.Add(received);
    }

    internal void Record(SimHeartbeat heartbeat)
    {
        _heartbeats.Add(heartbeat);
    }

    /// <summary>Counts a send of the client; false when there were more than 120 in 60 s.</summary>
    internal bool CountSend(DateTimeOffset now)
    {
        _sends.Enqueue(now);
        while (_sends.Peek() < now - TimeSpan.FromSeconds(60))
        {
            _sends.Dequeue();
        }

        return _sends.Count <= 120;
    }

    internal void Send(Outgoing item)
    {
        if (!IsOpen)
        {
            return;
        }

        if (Holding && item.Kind == OutgoingKind.Dispatch)
        {
            _held.Add(item);
        }
        else
        {
            _outgoing.Writer.TryWrite(item);
        }

        Interlocked.Increment(ref _queued);
    }

    internal void Release()
    {
        Holding = false;
        foreach (var item in _held)
        {
            _outgoing.Writer.TryWrite(item);
        }

        _held.Clear();
    }

    /// <summary>The last thing that is sent; everything queued goes before.</summary>
    internal void Finish(Outgoing? last)
    {
        if (last is { } item)
        {
            _outgoing.Writer.TryWrite(item);
        }

        IsOpen = false;
        Watchdog?.Dispose();
        _outgoing.Writer.TryComplete();
    }

    internal void Drop()
    {
        IsOpen = false;
        Watchdog?.Dispose();
        _outgoing.Writer.TryComplete();
        _drop();
    }

    internal async Task WriteLoopAsync(CancellationToken ct)
    {
        using var frames = new FrameWriter(_gateway, ZlibStream);
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(ct))
            {
                while (_outgoing.Reader.TryRead(out var item))
                {
                    Interlocked.Decrement(ref _queued);
                    Append(frames, item);
                    if (frames.Count >= WriteAt || item.Kind == OutgoingKind.Barrier)
                    {
                        await FlushAsync(frames, ct);
                        item.Done?.TrySetResult();
                    }

                    if (item.Kind is OutgoingKind.AbortMidFrame or OutgoingKind.AbortMidMessage or OutgoingKind.AbortMidPayload)
                    {
                        await FlushAsync(frames, ct);
                        _hangUp();
                        return;
                    }
                }

                await FlushAsync(frames, ct);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is gone: the reader notices too, and ends the connection.
            _gateway.Signal.Pulse();
        }
    }

    private void Append(FrameWriter frames, Outgoing item)
    {
        frames.CompressPayloads = CompressPayloads;
        switch (item.Kind)
        {
            case OutgoingKind.Dispatch:
                frames.Dispatch(item.Dispatch, Session?.Intents ?? 0);
                Interlocked.Increment(ref _dispatchesWritten);
                break;
            case OutgoingKind.Payload:
                frames.Payload(item.Bytes);
                break;
            case OutgoingKind.Text:
                frames.Message(FrameReader.Text, item.Bytes);
                break;
            case OutgoingKind.Binary:
                frames.Message(FrameReader.Binary, item.Bytes);
                break;
            case OutgoingKind.Pong:
                frames.Message(FrameReader.Pong, item.Bytes);
                break;
            case OutgoingKind.Raw:
                frames.Raw(item.Bytes);
                break;
            case OutgoingKind.Close:
                frames.Close(item.Code, item.Reason ?? "");
                break;
            case OutgoingKind.AbortMidFrame:
                frames.BrokenFrame();
                break;
            case OutgoingKind.AbortMidMessage:
                frames.BrokenMessage();
                break;
            case OutgoingKind.AbortMidPayload:
                frames.BrokenPayload();
                break;
            case OutgoingKind.Barrier:
            default:
                break;
        }
    }

    private async Task FlushAsync(FrameWriter frames, CancellationToken ct)
    {
        if (frames.Count == 0)
        {
            return;
        }

        await _stream.WriteAsync(frames.Written, ct);
        await _stream.FlushAsync(ct);
        Interlocked.Add(ref _bytesWritten, frames.Count);
        frames.Clear();
        _gateway.Signal.Pulse();
    }

    private T[] Copy<T>(List<T> list)
    {
        lock (_gateway.World.Gate)
        {
            return [.. list];
        }
    }
}

/// <summary>A payload from the client. <c>D</c> is Undefined when there was none.</summary>
public sealed record SimReceived(int Op, JsonElement D, DateTimeOffset At);

/// <summary>A heartbeat from the client; <c>Sequence</c> null when it sent null.</summary>
public sealed record SimHeartbeat(DateTimeOffset At, long? Sequence, int Connection);
