using Metricity.Collect;
using Metricity.Events;
using Metricity.Testing;

namespace Metricity.Tests.Collect;

public sealed class EventQueueTests
{
    private const long NoByteLimit = long.MaxValue / 2;
    private const int MessageWeight = 300;

    [Fact]
    public async Task Events_leave_in_the_order_in_which_they_came()
    {
        var queue = new EventQueue(capacity: 10, NoByteLimit, TimeProvider.System);

        for (var sequence = 1; sequence <= 5; sequence++)
        {
            await queue.EnqueueAsync(Some.Queued(Some.Message(sequence, 100), sequence), default);
        }

        Assert.Equal([1, 2, 3, 4, 5], Drain(queue).Select(item => item.Sequence));
    }

    [Fact]
    public async Task Queue_full_by_count_makes_the_producer_wait_until_one_is_taken()
    {
        var queue = new EventQueue(capacity: 2, NoByteLimit, TimeProvider.System);
        await queue.EnqueueAsync(Some.Queued(null, 1), default);
        await queue.EnqueueAsync(Some.Queued(null, 2), default);

        var third = queue.EnqueueAsync(Some.Queued(null, 3), default).AsTask();

        Assert.False(third.IsCompleted);
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryDequeue(out _));
        await third.WaitAsync(Eventually.Limit);
        Assert.Equal(2, queue.Count);
    }

    [Fact]
    public async Task Queue_full_by_bytes_makes_the_producer_wait()
    {
        var queue = new EventQueue(capacity: 100, maxBytes: 2 * MessageWeight, TimeProvider.System);
        await queue.EnqueueAsync(Some.Queued(Some.Message(1, 100), 1), default);
        await queue.EnqueueAsync(Some.Queued(Some.Message(2, 100), 2), default);

        var third = queue.EnqueueAsync(Some.Queued(Some.Message(3, 100), 3), default).AsTask();

        Assert.False(third.IsCompleted);
        Assert.Equal(2 * MessageWeight, queue.Bytes);
        queue.TryDequeue(out _);
        await third.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task Lists_wait_for_an_eighth_of_the_bound_while_live_events_still_enter()
    {
        var queue = new EventQueue(capacity: 100, maxBytes: 4 * 1024 * 1024, TimeProvider.System);
        var list = Some.Queued(Some.Chunk("n", 0, 10, [.. Enumerable.Range(1, 1_000)]), 1);
        await queue.EnqueueAsync(list, default);
        await queue.EnqueueAsync(list, default);

        var third = queue.EnqueueAsync(list, default).AsTask();
        await queue.EnqueueAsync(Some.Queued(Some.Message(1, 100), 2), default).AsTask().WaitAsync(Eventually.Limit);

        Assert.False(third.IsCompleted);
        queue.TryDequeue(out _);
        await third.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task Event_heavier_than_the_whole_bound_enters_when_the_queue_is_empty()
    {
        var queue = new EventQueue(capacity: 100, maxBytes: 1_000, TimeProvider.System);
        var heavy = Some.Queued(Some.Chunk("n", 0, 1, [.. Enumerable.Range(1, 50)]), 2);
        await queue.EnqueueAsync(Some.Queued(null, 1), default);

        var waiting = queue.EnqueueAsync(heavy, default).AsTask();
        Assert.False(waiting.IsCompleted);

        queue.TryDequeue(out _);
        await waiting.WaitAsync(Eventually.Limit);
        Assert.True(queue.Bytes > 1_000);
    }

    [Fact]
    public async Task Taking_events_brings_count_and_bytes_back_to_zero()
    {
        var queue = new EventQueue(capacity: 10, NoByteLimit, TimeProvider.System);
        await queue.EnqueueAsync(Some.Queued(Some.Message(1, 100), 1), default);
        await queue.EnqueueAsync(Some.Queued(null, 2), default);

        Drain(queue);

        Assert.Equal(0, queue.Count);
        Assert.Equal(0, queue.Bytes);
    }

    [Fact]
    public async Task Cancelled_wait_leaves_the_event_out_and_the_queue_usable()
    {
        var queue = new EventQueue(capacity: 1, NoByteLimit, TimeProvider.System);
        await queue.EnqueueAsync(Some.Queued(null, 1), default);
        using var connection = new CancellationTokenSource();
        var waiting = queue.EnqueueAsync(Some.Queued(null, 2), connection.Token).AsTask();

        await connection.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal([1], Drain(queue).Select(item => item.Sequence));
        await queue.EnqueueAsync(Some.Queued(null, 3), default);
        Assert.Equal([3], Drain(queue).Select(item => item.Sequence));
    }

    [Fact]
    public async Task Many_waiting_producers_all_get_in_and_nothing_is_lost()
    {
        const int Producers = 8;
        const int Each = 200;
        var queue = new EventQueue(capacity: 3, NoByteLimit, TimeProvider.System);
        var producing = Enumerable.Range(0, Producers)
            .Select(producer => Task.Run(async () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    await queue.EnqueueAsync(Some.Queued(null, (producer * Each) + i), default);
                }
            }))
            .ToList();

        var taken = new List<long>();
        while (taken.Count < Producers * Each)
        {
            Assert.True(await queue.WaitToReadAsync(default).AsTask().WaitAsync(Eventually.Limit));
            Assert.InRange(queue.Count, 0, 3);
            taken.AddRange(Drain(queue).Select(item => item.Sequence));
        }

        await Task.WhenAll(producing).WaitAsync(Eventually.Limit);
        Assert.Equal(Enumerable.Range(0, Producers * Each).Select(i => (long)i), taken.Order());
        for (var producer = 0; producer < Producers; producer++)
        {
            var own = taken.Where(sequence => sequence / Each == producer).ToList();
            Assert.Equal(own.Order(), own);
        }
    }

    [Fact]
    public async Task Completed_queue_is_drained_before_the_consumer_is_told_of_the_end()
    {
        var queue = new EventQueue(capacity: 10, NoByteLimit, TimeProvider.System);
        await queue.EnqueueAsync(Some.Queued(null, 1), default);

        queue.Complete();

        Assert.True(await queue.WaitToReadAsync(default));
        Assert.Single(Drain(queue));
        Assert.False(await queue.WaitToReadAsync(default));
    }

    [Fact]
    public async Task Event_that_comes_after_the_end_is_refused_and_not_counted()
    {
        var queue = new EventQueue(capacity: 10, NoByteLimit, TimeProvider.System);
        queue.Complete();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await queue.EnqueueAsync(Some.Queued(null, 1), default));

        Assert.Equal(0, queue.Count);
        Assert.Equal(0, queue.Bytes);
    }

    private static List<QueuedEvent> Drain(EventQueue queue)
    {
        var items = new List<QueuedEvent>();
        while (queue.TryDequeue(out var item))
        {
            items.Add(item);
        }

        return items;
    }

    [Fact]
    public async Task Injected_event_is_queued_without_a_place_in_the_log()
    {
        var time = new WatchedTimeProvider();
        var queue = new EventQueue(capacity: 10, NoByteLimit, time);

        await queue.InjectAsync(new ChannelChanged(Some.GuildId, Some.Channel(100)), default);

        Assert.True(queue.TryDequeue(out var item));
        Assert.Equal((null, 0L, time.GetUtcNow().UtcDateTime), (item.Session, item.Sequence, item.ReceivedAt));
        Assert.IsType<ChannelChanged>(item.Event);
    }

    [Fact]
    public async Task Injected_event_whose_commit_is_waited_for_is_told_of_it()
    {
        var queue = new EventQueue(capacity: 10, NoByteLimit, TimeProvider.System);

        var committing = queue.CommitAsync(new ChannelChanged(Some.GuildId, Some.Channel(100)), default);

        Assert.True(queue.TryDequeue(out var item));
        Assert.False(committing.IsCompleted);
        item.Committed!.SetResult();
        await committing.WaitAsync(Eventually.Limit);
    }
}
