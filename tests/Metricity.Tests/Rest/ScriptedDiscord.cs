using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Metricity.Events;
using Metricity.Rest;
using Metricity.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Rest;

/// <summary>
/// Answers each request with the next line of a script, and with the last line for ever after; remembers what was asked and when.
/// Beside it: the client under test, its clock and its log.
/// </summary>
internal sealed class ScriptedDiscord
{
    private readonly ConcurrentQueue<Func<CancellationToken, Task<HttpResponseMessage>>> _script = new();
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan At, HttpRequestMessage Request)> _requests = [];
    private readonly List<(int Count, Signal Signal)> _awaited = [];
    private Func<CancellationToken, Task<HttpResponseMessage>> _last = _ => throw new InvalidOperationException("the script is empty");

    public const string Token = "secret-token-of-the-bot";

    public static readonly Snowflake Guild = new(81384788765712384);
    public static readonly Snowflake Channel = new(381870553235193857);
    public static readonly Snowflake OtherChannel = new(381870553235193858);

    public SteppedTime Time { get; } = new() { Ignored = TimeSpan.FromSeconds(30) };

    public FakeLogCollector Log { get; } = new();

    public IReadOnlyList<(TimeSpan At, HttpRequestMessage Request)> Requests
    {
        get
        {
            lock (_lock)
            {
                return _requests.ToArray();
            }
        }
    }

    public IReadOnlyList<TimeSpan> Times => Requests.Select(request => request.At).ToArray();

    /// <summary>Waits until so many requests were made.</summary>
    public Task RequestedAsync(int count)
    {
        var signal = new Signal($"{count} requests were made");
        lock (_lock)
        {
            if (_requests.Count >= count)
            {
                return Task.CompletedTask;
            }

            _awaited.Add((count, signal));
        }

        return signal.WaitAsync();
    }

    public DiscordRest Client(Func<RestOptions, RestOptions>? with = null)
    {
        var options = new RestOptions { Token = new Secret(Token), BaseUrl = new Uri("http://127.0.0.1:9/api/v10") };

        return new(new HttpClient(new Handler(this)), with?.Invoke(options) ?? options, Time, new FakeLogger<DiscordRest>(Log));
    }

    public ScriptedDiscord Then(int status, string body, params (string Name, string Value)[] headers) =>
        Then(_ => Task.FromResult(Answer(status, body, headers)));

    public ScriptedDiscord Then(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _script.Enqueue(answer);

        return this;
    }

    public static HttpResponseMessage Answer(int status, string body, params (string Name, string Value)[] headers)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };

        foreach (var (name, value) in headers)
        {
            answer.Headers.TryAddWithoutValidation(name, value);
        }

        return answer;
    }

    public static (string Name, string Value)[] Limits(string bucket, int limit, int remaining, double resetAfter) =>
    [
        ("X-RateLimit-Bucket", bucket),
        ("X-RateLimit-Limit", limit.ToString(CultureInfo.InvariantCulture)),
        ("X-RateLimit-Remaining", remaining.ToString(CultureInfo.InvariantCulture)),
        ("X-RateLimit-Reset-After", resetAfter.ToString(CultureInfo.InvariantCulture)),
    ];

    private Task<HttpResponseMessage> AnswerNext(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _requests.Add((Time.Elapsed, request));
            _awaited.FindAll(awaited => awaited.Count == _requests.Count).ForEach(awaited => awaited.Signal.Set());

            if (_script.TryDequeue(out var next))
            {
                _last = next;
            }
        }

        return _last(cancellationToken);
    }

    private sealed class Handler(ScriptedDiscord discord) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            discord.AnswerNext(request, cancellationToken);
    }
}
