using System.Threading.Channels;
using Metricity.Events;

namespace Metricity.Collect;

/// <summary>
/// The bounded queue between the gateway's reader and the database's writer. Bounded by count and by (estimated) bytes; a producer
/// waits for room, nothing is ever dropped. Any number of producers, one consumer.
/// </summary>
/// <remarks>
/// A list (a chunk of a thousand members) waits for the database sooner than a live event does, so that the member list of a large guild
/// is never in memory as a whole.
/// </remarks>
internal sealed class EventQueue(int capacity, long maxBytes, TimeProvider time)
{
    /// <summary>Bytes above which an event is a list.</summary>
    private const int ListWeight = 64 * 1024;

    /// <summary>Part of the bound, in bytes, that lists may fill.</summary>
    private const int ListPart = 8;

    private readonly Channel<QueuedEvent> _events = Channel.CreateUnbounded<QueuedEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private TaskCompletionSource? _room;
    private int _count;
    private long _bytes;
    private long _entered;
    private long _left;
    private long _committed;
    private long _waitingSince;

    public int Capacity => capacity;

    /// <summary>Estimated bytes that may wait.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Events in the queue.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Their estimated bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>UTC; since when something has been waiting without a break. Null while nothing is.</summary>
    public DateTime? WaitingSince => Volatile.Read(ref _waitingSince) is > 0 and var ticks ? new DateTime(ticks, DateTimeKind.Utc) : null;

    /// <summary>Somebody waits for room.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _room) is not null;

    /// <summary>Events that came in since the queue was made.</summary>
    public long Entered => Volatile.Read(ref _entered);

    /// <summary>Events that were taken out since.</summary>
    public long Left => Volatile.Read(ref _left);

    /// <summary>Events that came in and are not committed yet: those in the queue, and those that the writer has taken out.</summary>
    public long Waiting
    {
        get
        {
            // In this order: what comes in meanwhile makes it too high by one, never negative.
            var committed = Volatile.Read(ref _committed);

            return Entered - committed;
        }
    }

    /// <summary>The writer tells that this many of those it took out are committed.</summary>
    public void CountCommitted(int events) => Interlocked.Add(ref _committed, events);

    /// <summary>Completes when the event is in the queue. An event heavier than the whole bound enters an empty queue.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called: the event would be lost.</exception>
    public ValueTask EnqueueAsync(QueuedEvent item, CancellationToken cancellationToken)
    {
        return TryEnqueue(item, out _) ? ValueTask.CompletedTask : WaitForRoomAsync(item, cancellationToken);
    }

    /// <summary>As <see cref="EnqueueAsync"/>, an event that did not come over the gateway and so has no place in the log.</summary>
    public ValueTask InjectAsync(DiscordEvent @event, CancellationToken cancellationToken) =>
        EnqueueAsync(new QueuedEvent(@event, null, 0, time.GetUtcNow().UtcDateTime), cancellationToken);

    /// <summary>As <see cref="InjectAsync"/>, and waits until the changes are committed.</summary>
    public async Task CommitAsync(DiscordEvent @event, CancellationToken cancellationToken)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(new QueuedEvent(@event, null, 0, time.GetUtcNow().UtcDateTime, Committed: committed), cancellationToken);
        await committed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>No more events will come; the consumer drains what is there.</summary>
    public void Complete() => _events.Writer.TryComplete();

    /// <summary>False when the queue is empty and <see cref="Complete"/> was called.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _events.Reader.WaitToReadAsync(cancellationToken);

    public bool TryPeek(out QueuedEvent item) => _events.Reader.TryPeek(out item);

    public bool TryDequeue(out QueuedEvent item)
    {
        if (!_events.Reader.TryRead(out item))
        {
            return false;
        }

        TaskCompletionSource? room;
        lock (_lock)
        {
            _count--;
            _left++;
            _waitingSince = _count == 0 ? 0 : _waitingSince;
            _bytes -= item.Weight;
            room = _room;
            _room = null;
        }

        room?.TrySetResult();

        return true;
    }

    private bool TryEnqueue(QueuedEvent item, out Task room)
    {
        lock (_lock)
        {
            var weight = item.Weight;
            var bound = weight > ListWeight ? maxBytes / ListPart : maxBytes;
            if (_count == 0 || (_count < capacity && _bytes + weight <= bound))
            {
                // Counted first: the writer may look at the count as soon as the event is in.
                _waitingSince = _count == 0 ? item.ReceivedAt.Ticks : _waitingSince;
                _count++;
                _entered++;
                _bytes += weight;
                if (!_events.Writer.TryWrite(item))
                {
                    _count--;
                    _entered--;
                    _bytes -= weight;

                    throw new InvalidOperationException("The queue takes no more events.");
                }

                room = Task.CompletedTask;

                return true;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;

            return false;
        }
    }

    private async ValueTask WaitForRoomAsync(QueuedEvent item, CancellationToken cancellationToken)
    {
        while (!TryEnqueue(item, out var room))
        {
            await room.WaitAsync(cancellationToken);
        }
    }
}
