using System.Net;
using System.Text;
using Metricity.Rest;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Members;

/// <summary>A REST client whose answers a test decides by path; remembers the paths that were asked for.</summary>
internal sealed class FakeRest : HttpMessageHandler
{
    private readonly List<string> _paths = [];
    private TaskCompletionSource? _silence;

    /// <summary>Path and query (after the version) to status and body.</summary>
    public Func<string, (int Status, string Body)> Answer { get; set; } = _ => (404, """{"message":"Unknown Channel","code":10003}""");

    /// <summary>Requests are taken, and answered when this is false again.</summary>
    public bool IsSilent
    {
        get => _silence is not null;
        set
        {
            Interlocked.Exchange(ref _silence, value ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null)?.TrySetResult();
        }
    }

    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_paths)
            {
                return _paths.ToArray();
            }
        }
    }

    public DiscordRest Client(TimeProvider time, FakeLogCollector log) => new(
        new HttpClient(this, disposeHandler: false),
        new RestOptions { Token = new Secret("token"), BaseUrl = new Uri("http://127.0.0.1:9/api/v10"), MaxRetries = 0 },
        time,
        new FakeLogger<DiscordRest>(log));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.PathAndQuery["/api/v10".Length..];
        lock (_paths)
        {
            _paths.Add(path);
        }

        if (_silence is { } silence)
        {
            await silence.Task.WaitAsync(cancellationToken);
        }

        var (status, body) = Answer(path);
        return new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
    }
}
