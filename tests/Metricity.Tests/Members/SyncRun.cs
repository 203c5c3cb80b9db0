using Metricity.Collect;
using Metricity.Events;
using Metricity.Members;
using Metricity.Testing;
using Metricity.Tests.Collect;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Members;

/// <summary>
/// The sync of one guild between a gateway and a REST client that a test plays, on a clock that the test moves, and behind its queue the
/// rules that turn events into changes.
/// </summary>
internal sealed class SyncRun : IDisposable
{
    private readonly Builder _builder = new();
    private readonly EventQueue _queue;
    private readonly List<DiscordEvent> _queued = [];
    private readonly List<IReadOnlyCollection<Snowflake>> _synced = [];
    private readonly CancellationTokenSource _stop = new();

    public SyncRun(int capacity = 100_000)
    {
        _queue = new EventQueue(capacity, maxBytes: long.MaxValue / 2, Time);
        Gateway = new FakeGateway(Time);
    }

    public WatchedTimeProvider Time { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public FakeRest Rest { get; } = new();

    public FakeGateway Gateway { get; }

    /// <summary>The sync's own loop.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Null before <see cref="Start"/>.</summary>
    public GuildSync Sync { get; private set; } = null!;

    /// <summary>What came out of the queue, in order.</summary>
    public IReadOnlyList<DiscordEvent> Queued
    {
        get
        {
            Assert.False(Running.IsFaulted, Running.Exception?.ToString());
            while (_queue.TryDequeue(out var item))
            {
                _queued.Add(item.Event!);
                if (item.Event is GuildEvent guildEvent)
                {
                    _builder.Apply(guildEvent);
                }

                if (_builder.Changes.SeenUserIds is { } seen)
                {
                    _synced.Add(seen);
                    _builder.Changes.SeenUserIds = null;
                }
            }

            return _queued;
        }
    }

    /// <summary>What all that has come out of the queue changes.</summary>
    public ChangeSet Changes
    {
        get
        {
            _ = Queued;

            return _builder.Changes;
        }
    }

    /// <summary>The ends of lists at which the members are compared: who was seen by then.</summary>
    public IReadOnlyList<IReadOnlyCollection<Snowflake>> Synced
    {
        get
        {
            _ = Queued;

            return _synced;
        }
    }

    public void Start(DateTimeOffset? lastRequest = null, bool isUnsynced = false)
    {
        Sync = new GuildSync(
            Some.GuildId,
            new SyncStart(lastRequest ?? DateTimeOffset.MinValue, isUnsynced),
            Rest.Client(Time, Log),
            Gateway.TryRequestMembersAsync,
            Time,
            new FakeLogger<GuildSync>(Log));
        Running = Sync.RunAsync(_queue, _stop.Token);
    }

    /// <summary>As if the gateway had brought the event.</summary>
    public async Task PassAsync(DiscordEvent @event)
    {
        Sync.See(@event);
        await _queue.EnqueueAsync(Some.Queued(@event, 1), default);
    }

    /// <summary>Room is left for so many events.</summary>
    public async Task FillAsync(int except)
    {
        for (var i = _queue.Count; i < _queue.Capacity - except; i++)
        {
            await _queue.EnqueueAsync(Some.Queued(new SessionResumed(), i), default);
        }
    }

    public Task StopAsync() => _stop.CancelAsync();

    public Task<FakeLogRecord> LoggedAsync(int eventId) => Log.WaitForAsync(record => record.Id.Id == eventId);

    /// <summary>Waits for a log record that comes some time after a timer was armed at a moment the test cannot know.</summary>
    public Task LoggedAfterAsync(TimeSpan step, int eventId) => Eventually.TrueAsync(
        () =>
        {
            Time.Advance(step);
            return Log.GetSnapshot().Any(record => record.Id.Id == eventId);
        },
        $"log event {eventId}");

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        Rest.Dispose();
    }
}
