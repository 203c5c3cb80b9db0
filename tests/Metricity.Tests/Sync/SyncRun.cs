using Metricity.Events;
using Metricity.Ingest;
using Metricity.Sync;
using Metricity.Testing;
using Metricity.Tests.Ingest;

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

    public ManualTimeProvider Time { get; } = new();

    public ListLoggerProvider Log { get; } = new();

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
        Sync = new GuildSync(Some.GuildId, rest, Gateway, lastRequest ?? DateTimeOffset.MinValue, Time, Log.Logger<GuildSync>());
        var guilds = new Dictionary<Snowflake, GuildSync> { [Some.GuildId] = Sync };
        var coordinator = new SyncCoordinator(guilds, new HashSet<Snowflake>(), rest, Time, Log.Logger<SyncCoordinator>());
        _intake = new EventIntake(
            new EventDecoder(new HashSet<Snowflake>()),
            new HashSet<Snowflake> { Some.GuildId },
            coordinator,
            _queue,
            new IngestStatus(),
            Time,
            Log.Logger<EventIntake>());
        _running = coordinator.RunAsync(_intake, _stop.Token);
    }

    /// <summary>As if the gateway had brought the event.</summary>
    public async Task PassAsync(DiscordEvent @event) => await _intake.InjectAsync(@event, default);

    public Task<LogRecord> LoggedAsync(int eventId) => Log.WaitForAsync(record => record.EventId.Id == eventId);

    /// <summary>Waits for a log record that comes some time after a timer was armed at a moment the test cannot know.</summary>
    public Task LoggedAfterAsync(TimeSpan step, int eventId) => Eventually.TrueAsync(
        () =>
        {
            Time.Advance(step);
            return Log.Records.Any(record => record.EventId.Id == eventId);
        },
        $"log event {eventId}");

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        Rest.Dispose();
    }
}
