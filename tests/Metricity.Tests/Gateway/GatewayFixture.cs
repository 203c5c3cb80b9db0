using System.Text;
using System.Threading.Channels;
using Metricity.Gateway;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Gateway;

/// <summary>A client under test, its scripted server, and stand-ins for what surrounds it.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string Token = "canary-token";

    private readonly CancellationTokenSource _stop = new();
    private Task? _run;

    private GatewayFixture(ScriptedGateway server, GatewayOptions options, TimeProvider time, IdentifyPermit? permit)
    {
        Server = server;
        Directory = new ScriptedDirectory(server.Url);
        Client = new GatewayClient(options, Directory.GetGatewayBotAsync, permit, new GatewayStatus(), time, new FakeLogger<GatewayClient>(Log));
    }

    public ScriptedGateway Server { get; }

    public ScriptedDirectory Directory { get; }

    public CollectingConsumer Consumer { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public GatewayClient Client { get; }

    public Task Running => _run!.WaitAsync(TimeSpan.FromSeconds(10));

    public static async Task<GatewayFixture> StartAsync(
        string compression = GatewayOptions.NoCompression,
        GatewayPosition? resumeFrom = null,
        TimeProvider? time = null,
        Func<GatewayOptions, GatewayOptions>? change = null,
        Action<GatewayFixture>? prepare = null,
        IdentifyPermit? permit = null)
    {
        var options = FastOptions(compression);
        var fixture = new GatewayFixture(
            await ScriptedGateway.StartAsync(), change?.Invoke(options) ?? options, time ?? TimeProvider.System, permit);
        prepare?.Invoke(fixture);
        if (resumeFrom is not null)
        {
            resumeFrom = resumeFrom with { Session = resumeFrom.Session with { ResumeUrl = fixture.ResumeUrl } };
        }

        var stop = fixture._stop.Token;
        fixture._run = Task.Run(() => fixture.Consumer.RunAsync(fixture.Client.ReadAsync(resumeFrom, stop), stop));
        return fixture;
    }

    public Uri ResumeUrl => new(Server.Url, "/resume");

    public static GatewayOptions FastOptions(string compression, TimeSpan? helloTimeout = null, int maxPayloadBytes = 1024 * 1024)
    {
        return new GatewayOptions
        {
            Token = new Secret(Token),
            Compression = compression,
            HelloTimeout = helloTimeout ?? TimeSpan.FromSeconds(20),
            MaxPayloadBytes = maxPayloadBytes,
            CloseTimeout = TimeSpan.FromMilliseconds(500),
            BackoffBase = TimeSpan.FromMilliseconds(1),
            BackoffMax = TimeSpan.FromMilliseconds(20),
            InvalidSessionWaitMin = TimeSpan.FromMilliseconds(1),
            InvalidSessionWaitMax = TimeSpan.FromMilliseconds(5),
            IdentifySpacing = TimeSpan.Zero,
            MaxResumeAttempts = 3,
        };
    }

    /// <summary>A live session called <paramref name="session"/> with READY taken.</summary>
    public async Task<ScriptedConnection> GoLiveAsync(
        string session = "first", int intervalMilliseconds = 60_000, bool acknowledges = false)
    {
        var connection = await Server.AcceptAsync();
        connection.Acknowledges = acknowledges;
        await connection.AdmitAsync(session, ResumeUrl, intervalMilliseconds);
        Assert.Equal("READY", (await Consumer.NextAsync()).Type);
        return connection;
    }

    public void RequestStop()
    {
        _stop.Cancel();
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Consumer.Open();
        await _run!.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Server.DisposeAsync();
        _stop.Dispose();
        Assert.DoesNotContain(Log.GetSnapshot(), record => record.Everything().Contains("canary", StringComparison.Ordinal));
    }
}

internal sealed record Taken(string Session, long Sequence, string Type, string Data);

/// <summary>Reads the stream and keeps what it gives; can be shut, so that it does not ask for the next one, or be made to fail.</summary>
internal sealed class CollectingConsumer
{
    private readonly Channel<Taken> _taken = Channel.CreateUnbounded<Taken>();
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _gate;

    public Exception? Failure { get; set; }

    /// <summary>Completes when it holds a dispatch for the first time and asks for no other.</summary>
    public Task Blocked => _blocked.Task.WaitAsync(TimeSpan.FromSeconds(10));

    public bool IsEmpty => _taken.Reader.Count == 0;

    public void Shut()
    {
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        Interlocked.Exchange(ref _gate, null)?.TrySetResult();
    }

    public async Task RunAsync(IAsyncEnumerable<Dispatch> log, CancellationToken stop)
    {
        try
        {
            await foreach (var dispatch in log)
            {
                if (Failure is not null)
                {
                    throw Failure;
                }

                if (_gate is { } gate)
                {
                    _blocked.TrySetResult();
                    await gate.Task.WaitAsync(stop);
                }

                _taken.Writer.TryWrite(
                    new Taken(dispatch.Session.Id, dispatch.Sequence, dispatch.Type, Encoding.UTF8.GetString(dispatch.Data.Span)));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Left the stream with a dispatch in its hands.
        }
    }

    public async Task<Taken> NextAsync()
    {
        return await _taken.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }
}

internal sealed class ScriptedDirectory(Uri url)
{
    private int _asked;

    /// <summary>What each question does before it is answered; may throw.</summary>
    public Func<int, GatewayBot, GatewayBot> Answer { get; set; } = (_, bot) => bot;

    public int Asked => _asked;

    public Task<GatewayBot> GetGatewayBotAsync(CancellationToken cancellationToken)
    {
        var bot = new GatewayBot(url, new SessionStartLimit(1000, 999, TimeSpan.FromHours(4), 1));
        return Task.FromResult(Answer(Interlocked.Increment(ref _asked), bot));
    }
}
