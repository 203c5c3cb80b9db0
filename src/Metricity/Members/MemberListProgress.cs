using Metricity.Events;

namespace Metricity.Members;

/// <summary>
/// How far the answer to the present request for a member list has come in. The reader tells it what came, the sync waits for news.
/// Thread safe.
/// </summary>
internal sealed class MemberListProgress
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _chunks = [];
    private string? _nonce;
    private int _expectedChunks;
    private int _listed;
    private TaskCompletionSource<TimeSpan?> _news = NewSignal();

    /// <summary>The snapshot that began the list, until every chunk of one request has come. Null: no list is on its way.</summary>
    public GuildAvailable? Since { get; private set; }

    /// <summary>Members of the present answer that could not be read. When not 0, who is not in it may be there all the same.</summary>
    public int Unreadable { get; private set; }

    /// <summary>A list begins anew: what came before counts no more.</summary>
    public void Begin(GuildAvailable snapshot)
    {
        lock (_lock)
        {
            Since = snapshot;
            _nonce = null;
        }
    }

    /// <summary>Only chunks that carry <paramref name="nonce"/> (or none at all) count from here on.</summary>
    public void Expect(string nonce)
    {
        lock (_lock)
        {
            _nonce = nonce;
            _chunks.Clear();
            _expectedChunks = 0;
            _listed = 0;
            Unreadable = 0;
            _news = NewSignal();
        }
    }

    /// <summary>
    /// Completes at the next chunk or refusal of the present request: null after a chunk, or how long to wait before asking again.
    /// </summary>
    public Task<TimeSpan?> WaitForNewsAsync()
    {
        lock (_lock)
        {
            if (_news.Task.IsCompleted && Since is not null)
            {
                var last = _news.Task;
                _news = NewSignal();

                return last;
            }

            return _news.Task;
        }
    }

    /// <summary>A chunk came. An answer that names nobody is none: the bot at least is a member.</summary>
    public void Take(MemberChunk chunk)
    {
        lock (_lock)
        {
            if (Since is null || _nonce is null || (chunk.Nonce is not null && chunk.Nonce != _nonce))
            {
                return;
            }

            _chunks.Add(chunk.Index);
            _expectedChunks = Math.Max(_expectedChunks, chunk.Count);
            _listed += chunk.Members.Count + chunk.SkippedElements;
            Unreadable += chunk.SkippedElements;
            if (_listed == 0)
            {
                return;
            }

            if (_expectedChunks > 0 && _chunks.Count >= _expectedChunks)
            {
                Since = null;
            }

            _news.TrySetResult(null);
        }
    }

    /// <summary>Discord refuses the present request for a while.</summary>
    public void Refuse(string? nonce, TimeSpan retryAfter)
    {
        lock (_lock)
        {
            if (Since is not null && (nonce is null || nonce == _nonce))
            {
                _news.TrySetResult(retryAfter);
            }
        }
    }

    private static TaskCompletionSource<TimeSpan?> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
