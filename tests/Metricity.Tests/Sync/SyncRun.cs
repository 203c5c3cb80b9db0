using Metricity.Events;
using Metricity.Ingest;
using Metricity.Sync;
using Metricity.Testing;
using Metricity.Tests.Ingest;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Sync;

/// <summary>The sync of one guild between a gateway and a REST client that a test plays, on a clock that the test moves.</summary>
internal sealed class SyncRun : IDisposable
{
    private readonly EventQueue _queue = new(capacity: 100_000, maxBytes: long.MaxValue / 2);
    private readonly List<DiscordEvent> _queued = [];
    private readonly CancellationTokenSource _stop = new();
    private EventIntake _intake = null!;
    private Task _running = Task.CompletedTask;

    public SyncRun()
    {
        Gateway = new FakeGateway(Time);
    }

    public WatchedTimeProvider Time { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public FakeRest Rest { get; } = new();

    public FakeGateway Gateway { get; }

    /// <summary>Null before <see cref="Start"/>.</summary>
    public GuildSync Sync { get; private set; } = null!;

    /// <summary>What came out for the queue, in order.</summary>
    public IReadOnlyList<DiscordEvent> Queued
    {
        get
        {
            Assert.False(_running.IsFaulted, _running.Exception?.ToString());
            while (_queue.TryDequeue(out var item))
            {
                _queued.Add(item.Event!);
            }

            return _queued;
        }
    }

    /// <summary>The ends of lists among <see cref="Queued"/>.</summary>
    public IReadOnlyList<MembersSynced> Synced => [.. Queued.OfType<MembersSynced>()];

    public void Start(DateTimeOffset? lastRequest = null)
    {
        var rest = Rest.Client(Time, Log);
        Sync = new GuildSync(Some.GuildId, rest, Gateway, lastRequest ?? DateTimeOffset.MinValue, Time, new FakeLogger<GuildSync>(Log));
        var guilds = new Dictionary<Snowflake, GuildSync> { [Some.GuildId] = Sync };
        var coordinator = new SyncCoordinator(guilds, new HashSet<Snowflake>(), rest, Time, new FakeLogger<SyncCoordinator>(Log));
        _intake = new EventIntake(
            new EventDecoder(new HashSet<Snowflake>()),
            new HashSet<Snowflake> { Some.GuildId },
            coordinator,
            _queue,
            new IngestStatus(),
            Time,
            new FakeLogger<EventIntake>(Log));
        _running = coordinator.RunAsync(_intake, _stop.Token);
    }

    /// <summary>As if the gateway had brought the event.</summary>
    public async Task PassAsync(DiscordEvent @event) => await _intake.InjectAsync(@event, default);

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
