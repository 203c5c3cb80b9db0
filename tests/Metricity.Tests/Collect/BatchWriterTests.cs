using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

public sealed class BatchWriterTests : IDisposable
{
    private const int ChannelId = 100;

    private readonly WatchedTimeProvider _time = new();
    private readonly MemoryStore _store = new();
    private readonly FakeLogCollector _log = new();
    private readonly EventQueue _queue = new(capacity: 10_000, maxBytes: long.MaxValue / 2, TimeProvider.System);
    private readonly CollectStatus _status = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile GatewayPosition? _committed;

    [Fact]
    public async Task First_event_after_a_pause_is_committed_at_once()
    {
        var writing = Start();

        await EnqueueAsync(1);
        await CommittedAsync(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        await EnqueueAsync(2);

        // The clock stands still: nothing waited for a delay.
        await CommittedAsync(2);
        Assert.Equal([1, 1], _store.Commits.Select(commit => commit.Events));
        await EndAsync(writing);
    }

    [Fact]
    public async Task Events_in_the_writers_hands_wait_until_they_are_committed()
    {
        _store.Hold();
        _store.FailNext(new StoreUnavailableException("away"));
        await EnqueueAsync(1);
        await EnqueueAsync(2);
        var writing = Start();
        await _store.NextStartAsync();
        await EnqueueAsync(3);
        await Eventually.TrueAsync(() => _queue.Count == 0, "the next batch is built during the commit");

        Assert.Equal(3, _queue.Waiting);
        var told = _log.WaitForAsync(record => record.Id.Id == LogEvents.Collect.CommitFailed);
        _store.Release();
        Assert.Contains("3 events wait", (await told).Message, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(1));
        await _store.NextStartAsync();
        var again = _log.WaitForAsync(record => record.Id.Id == LogEvents.Collect.CommitsAgain);
        _store.Release();
        Assert.Contains("1 events to catch up on", (await again).Message, StringComparison.Ordinal);
        Assert.Equal(1, _queue.Waiting);
        await EndAsync(writing);
        Assert.Equal(0, _queue.Waiting);
    }

    [Fact]
    public async Task Events_that_trickle_in_are_gathered_until_the_delay_since_the_last_commit_is_over()
    {
        var writing = Start();
        await EnqueueAsync(1);
        await CommittedAsync(1);

        await EnqueueAsync(2);
        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(Eventually.Limit);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        await EnqueueAsync(3);
        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(30)).WaitAsync(Eventually.Limit);
        Assert.Single(_store.Tries);
        _time.Advance(TimeSpan.FromMilliseconds(30));

        await CommittedAsync(3);
        Assert.Equal([1, 2], _store.Commits.Select(commit => commit.Events));
        await EndAsync(writing);
    }

    [Fact]
    public async Task Batches_grow_with_what_comes_in_while_a_commit_is_under_way()
    {
        _store.Hold();
        var writing = Start();
        await EnqueueAsync(1);
        await _store.NextStartAsync();

        for (var sequence = 2; sequence <= 40; sequence++)
        {
            await EnqueueAsync(sequence);
        }

        await Eventually.TrueAsync(() => _queue.Count == 0, "the next batch is built during the commit");
        await EndAsync(writing);

        Assert.Equal([1, 39], _store.Commits.Select(commit => commit.Events));
    }

    [Fact]
    public async Task Full_batch_does_not_wait_for_the_delay_and_takes_no_more_than_the_batch_size()
    {
        for (var sequence = 1; sequence <= 25; sequence++)
        {
            await EnqueueAsync(sequence);
        }

        var writing = Start(new CollectOptions { BatchSize = 10, BatchDelay = TimeSpan.FromHours(1) });

        await CommittedAsync(20);
        Assert.Equal([10, 10], _store.Commits.Select(commit => commit.Events));
        await EndAsync(writing);
        Assert.Equal([10, 10, 5], _store.Commits.Select(commit => commit.Events));
    }

    [Fact]
    public async Task Only_one_commit_is_under_way_at_a_time()
    {
        _store.Hold();
        var writing = Start(new CollectOptions { BatchSize = 2, BatchDelay = TimeSpan.Zero });
        for (var sequence = 1; sequence <= 9; sequence++)
        {
            await EnqueueAsync(sequence);
        }

        for (var commit = 0; commit < 5; commit++)
        {
            await _store.NextStartAsync();
            _store.Release();
        }

        await CommittedAsync(9);
        Assert.Equal(1, _store.MostUnderWay);
        await EndAsync(writing);
    }

    [Theory]
    [MemberData(nameof(Barriers))]
    public async Task Event_that_speaks_of_a_whole_set_ends_the_batch_before_it(string what, object barrier)
    {
        Assert.NotEmpty(what);
        await EnqueueAsync(1);
        await EnqueueAsync(2);
        await _queue.EnqueueAsync(Some.Queued((DiscordEvent)barrier, 3), default);
        await EnqueueAsync(4);

        var writing = Start();
        await EndAsync(writing);

        Assert.Equal([2, 2], _store.Commits.Select(commit => commit.Events));
        Assert.Equal([2L, 4L], _store.Commits.Select(commit => commit.Position!.Sequence));
    }

    public static TheoryData<string, object> Barriers() => new()
    {
        { "a guild", Some.Guild() },
        { "a thread list", new ThreadListSynced(Some.GuildId, null, []) },
        { "the end of a member list", new MembersSynced(Some.GuildId, Some.Guild(), IsComplete: true) },
        { "the end of a staff role", new StaffRoleDeleted(Some.GuildId, Some.Id(7)) },
    };

    [Fact]
    public async Task Batch_that_the_database_did_not_take_is_tried_again_with_the_same_events_in_the_same_order()
    {
        _store.FailNext(new StoreUnavailableException("57P01"), new StoreUnavailableException("57P01"));
        var writing = Start();
        await EnqueueAsync(1);

        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Eventually.Limit);
        await EnqueueAsync(2);
        Assert.Null(_committed);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(500)).WaitAsync(Eventually.Limit);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await CommittedAsync(1);
        await EndAsync(writing);

        Assert.Equal([1L, 1L, 1L, 2L], _store.Tries.Select(commit => commit.Position!.Sequence));
        Assert.All(_store.Tries.Take(3), commit => Assert.Equal([Some.Id(1)], commit.Messages));
        Assert.Equal(2, _status.Retries);
    }

    [Fact]
    public async Task Retries_are_logged_as_warnings_and_the_recovery_as_information()
    {
        _store.FailNext(new StoreUnavailableException("57P01"));
        var writing = Start();
        await EnqueueAsync(1);

        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Eventually.Limit);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await EndAsync(writing);

        Assert.Equal(
            [(LogEvents.Collect.CommitFailed, LogLevel.Warning), (LogEvents.Collect.CommitsAgain, LogLevel.Information)],
            _log.GetSnapshot().Select(record => (record.Id.Id, record.Level)));
    }

    [Fact]
    public async Task Wait_between_retries_grows_to_five_seconds_and_no_further()
    {
        _store.FailNext([.. Enumerable.Range(0, 9).Select(_ => new StoreUnavailableException("57P01"))]);
        var writing = Start();
        await EnqueueAsync(1);

        foreach (var delay in new[] { 0.25, 0.5, 1, 2, 4, 5, 5, 5, 5 }.Select(TimeSpan.FromSeconds))
        {
            await _time.TimerArmedAsync(delay).WaitAsync(Eventually.Limit);
            _time.Advance(delay);
        }

        await CommittedAsync(1);
        await EndAsync(writing);
    }

    [Fact]
    public async Task Committed_position_moves_only_after_the_commit_and_only_forward()
    {
        _store.Hold();
        var writing = Start();
        await EnqueueAsync(5);
        await _store.NextStartAsync();
        await EnqueueAsync(6);
        await Eventually.TrueAsync(() => _queue.Count == 0, "the second event is merged");
        Assert.Null(_committed);

        _store.Release();
        await AdvanceUntilAsync(() => _status.Commits == 1 && _store.Started == 2, "the second commit begins");
        Assert.Equal(5, _committed!.Sequence);

        await EndAsync(writing);
        Assert.Equal(6, _committed!.Sequence);
    }

    [Fact]
    public async Task Batch_of_events_from_rest_alone_leaves_the_position_where_it_was()
    {
        var writing = Start();
        await EnqueueAsync(1);
        await CommittedAsync(1);
        _time.Advance(TimeSpan.FromMinutes(1));

        await _queue.EnqueueAsync(Some.Injected(new ChannelChanged(Some.GuildId, Some.Channel(101))), default);
        await Eventually.TrueAsync(() => _store.Commits.Count == 2, "the channel is committed");

        Assert.Null(_store.Commits[1].Position);
        Assert.Equal(1, _committed!.Sequence);
        await EndAsync(writing);
    }

    [Fact]
    public async Task Position_of_a_new_session_replaces_that_of_the_old_one_although_its_number_is_lower()
    {
        var next = new GatewaySession("session-b", new Uri("wss://resume.test"));
        var writing = Start();
        await EnqueueAsync(900);
        await CommittedAsync(900);

        await _queue.EnqueueAsync(new QueuedEvent(new SessionStarted(Some.Id(9), [Some.GuildId]), next, 1, Some.At), default);
        await EndAsync(writing);

        Assert.Equal(new GatewayPosition(next, 1), _committed);
    }

    [Fact]
    public async Task Sequence_of_an_event_that_changes_nothing_is_committed_all_the_same()
    {
        var writing = Start();

        await _queue.EnqueueAsync(Some.Queued(null, 7), default);

        await CommittedAsync(7);
        await EndAsync(writing);
    }

    [Fact]
    public async Task Unusable_database_ends_the_writer_even_when_no_further_event_comes()
    {
        _store.FailNext(new StopException(ExitCode.Database, "relation messages does not exist"));
        var writing = Start();

        await EnqueueAsync(1);

        await Assert.ThrowsAsync<StopException>(() => writing.WaitAsync(Eventually.Limit));
        Assert.Null(_committed);
    }

    [Fact]
    public async Task Unusable_database_ends_the_writer_while_events_keep_coming()
    {
        _store.Hold();
        _store.FailNext(new StopException(ExitCode.Database, "another writer took over"));
        var writing = Start();
        await EnqueueAsync(1);
        await _store.NextStartAsync();
        await EnqueueAsync(2);

        _store.ReleaseAll();

        await Assert.ThrowsAsync<StopException>(() => writing.WaitAsync(Eventually.Limit));
        Assert.Single(_store.Tries);
    }

    [Fact]
    public async Task Completed_queue_is_drained_to_its_last_event()
    {
        _store.Hold();
        var writing = Start();
        await EnqueueAsync(1);
        await _store.NextStartAsync();
        for (var sequence = 2; sequence <= 30; sequence++)
        {
            await EnqueueAsync(sequence);
        }

        _queue.Complete();
        _store.ReleaseAll();

        await writing.WaitAsync(Eventually.Limit);
        Assert.Equal(30, _committed!.Sequence);
        Assert.Equal(30, _status.CommittedEvents);
    }

    [Fact]
    public async Task Completed_queue_without_events_ends_the_writer_without_a_commit()
    {
        var writing = Start();

        _queue.Complete();

        await writing.WaitAsync(Eventually.Limit);
        Assert.Empty(_store.Tries);
    }

    [Fact]
    public async Task Cancelled_writer_gives_up_waiting_for_a_database_that_is_away()
    {
        _store.FailNext(new StoreUnavailableException("57P01"));
        var writing = Start();
        await EnqueueAsync(1);
        await _time.TimerArmedAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Eventually.Limit);

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Eventually.Limit));
        Assert.Null(_committed);
    }

    [Fact]
    public async Task Clock_set_back_does_not_hold_a_batch()
    {
        var time = new ResettableTime();
        var writing = Start(null, time);
        await EnqueueAsync(1);
        await CommittedAsync(1);

        time.SetBack(TimeSpan.FromHours(1));
        await EnqueueAsync(2);

        await CommittedAsync(2);
        await EndAsync(writing);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _store.Dispose();
    }

    private Task Start(CollectOptions? options = null, TimeProvider? time = null)
    {
        var rules = new CollectRules(Some.GuildId, new HashSet<Snowflake>(), new HashSet<Snowflake>(), new HashSet<Snowflake>(), false);
        var directory = new ChannelTree(Some.GuildId);
        directory.Channels.Add(Some.Id(ChannelId), null);
        var builder = new ChangeSetBuilder(rules, directory, new FakeLogger<ChangeSetBuilder>(_log));
        var builders = new Dictionary<Snowflake, ChangeSetBuilder> { [Some.GuildId] = builder };
        var clock = time ?? _time;
        var committer = new BatchCommitter(_store, _queue, [NoteCommit], _status, clock, new FakeLogger<BatchCommitter>(_log));
        var writer = new BatchWriter(_queue, builders, committer, options ?? new CollectOptions(), _status, clock);

        return Task.Run(() => writer.RunAsync(_stop.Token));
    }

    private void NoteCommit(Batch batch, TimeSpan took) => _committed = batch.Position ?? _committed;

    /// <summary>A message whose id is its place in the log.</summary>
    private async Task EnqueueAsync(int sequence) =>
        await _queue.EnqueueAsync(Some.Queued(Some.Message(sequence, ChannelId), sequence), default);

    private Task CommittedAsync(long sequence) =>
        Eventually.TrueAsync(() => _committed?.Sequence == sequence, $"sequence {sequence} is committed");

    private async Task EndAsync(Task writing)
    {
        _queue.Complete();
        _store.ReleaseAll();
        await AdvanceUntilAsync(() => writing.IsCompleted, "the writer ends");
        await writing;
    }

    /// <summary>Lets time go on, for waits that begin at a moment the test cannot know.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        },
        what);

    /// <summary>The machine's clock, until somebody sets it back. Timers and elapsed time go on as they should.</summary>
    private sealed class ResettableTime : TimeProvider
    {
        private long _offset;

        public void SetBack(TimeSpan by) => Interlocked.Add(ref _offset, -by.Ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));
    }
}
