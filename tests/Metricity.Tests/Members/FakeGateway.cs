using System.Threading.Channels;
using Metricity.Events;
using Metricity.Testing;

namespace Metricity.Tests.Members;

/// <summary>Takes member requests and gives them to the test, which answers as Discord would, or not at all.</summary>
internal sealed class FakeGateway(TimeProvider time)
{
    private readonly Channel<(string Nonce, DateTimeOffset At)> _requests = Channel.CreateUnbounded<(string, DateTimeOffset)>();
    private int _count;

    public bool IsConnected { get; set; } = true;

    /// <summary>Requests that went out.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The next request, waited for.</summary>
    public async Task<(string Nonce, DateTimeOffset At)> NextAsync() =>
        await _requests.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

    public async ValueTask<bool> TryRequestMembersAsync(Snowflake guildId, string nonce, CancellationToken cancellationToken)
    {
        if (!IsConnected)
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        await _requests.Writer.WriteAsync((nonce, time.GetUtcNow()), cancellationToken);

        return true;
    }
}
