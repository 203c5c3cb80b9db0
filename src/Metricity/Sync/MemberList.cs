using Metricity.Events;

namespace Metricity.Sync;

/// <summary>
/// The state of one member list while it comes in: which chunks are there, who was seen, and who was touched by a live event since it
/// was begun. Live events win: a chunk may be older than they are. Thread safe.
/// </summary>
internal sealed class MemberList
{
    private readonly Lock _lock = new();
    private HashSet<Snowflake> _seen = [];
    private readonly HashSet<Snowflake> _touched = [];
    private readonly HashSet<int> _chunks = [];
    private string? _nonce;
    private int _expectedChunks;
    private int _listed;
    private TaskCompletionSource<TimeSpan?> _news = NewSignal();

    /// <summary>True from the first request until every chunk of one request came.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Members of the present answer that could not be read. When not 0, who is not in it may be there all the same.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Number of members seen.</summary>
    public int SeenCount
    {
        get
        {
            lock (_lock)
            {
                return _seen.Count;
            }
        }
    }

    /// <summary>Begins anew: what was seen and touched before says nothing any more.</summary>
    public void Open(IEnumerable<UserFacts> alreadySeen)
    {
        lock (_lock)
        {
            IsOpen = true;
            _seen.Clear();
            _touched.Clear();
            _nonce = null;
            foreach (var member in alreadySeen)
            {
                _seen.Add(member.Id);
            }
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
            if (_news.Task.IsCompleted && IsOpen)
            {
                var last = _news.Task;
                _news = NewSignal();

                return last;
            }

            return _news.Task;
        }
    }

    /// <summary>
    /// The members of a chunk that no live event has overtaken; <paramref name="seen"/> is everybody once the list is complete and was
    /// readable. An answer that names nobody is none: the bot at least is a member.
    /// </summary>
    public IReadOnlyList<UserFacts> Take(MemberChunk chunk, out IReadOnlyCollection<Snowflake>? seen)
    {
        lock (_lock)
        {
            seen = null;
            if (!IsOpen)
            {
                return chunk.Members;
            }

            var current = new List<UserFacts>(chunk.Members.Count);
            foreach (var member in chunk.Members)
            {
                if (!_touched.Contains(member.Id))
                {
                    current.Add(member);
                    _seen.Add(member.Id);
                }
            }

            if (_nonce is not null && (chunk.Nonce is null || chunk.Nonce == _nonce))
            {
                _chunks.Add(chunk.Index);
                _expectedChunks = Math.Max(_expectedChunks, chunk.Count);
                _listed += chunk.Members.Count + chunk.SkippedElements;
                Unreadable += chunk.SkippedElements;
                if (_listed == 0)
                {
                    return current;
                }

                if (_expectedChunks > 0 && _chunks.Count >= _expectedChunks)
                {
                    IsOpen = false;
                    seen = Unreadable == 0 ? _seen : null;
                    _seen = []; // given away, not copied
                    _touched.Clear();
                }

                _news.TrySetResult(null);
            }

            return current;
        }
    }

    /// <summary>Discord refuses the present request for a while.</summary>
    public void Refuse(string? nonce, TimeSpan retryAfter)
    {
        lock (_lock)
        {
            if (IsOpen && (nonce is null || nonce == _nonce))
            {
                _news.TrySetResult(retryAfter);
            }
        }
    }

    /// <summary>A live event told of this user: it is newer than any chunk to come.</summary>
    public void Touch(Snowflake userId, bool isMember)
    {
        lock (_lock)
        {
            if (!IsOpen)
            {
                return;
            }

            _touched.Add(userId);
            if (isMember)
            {
                _seen.Add(userId);
            }
            else
            {
                _seen.Remove(userId);
            }
        }
    }

    private static TaskCompletionSource<TimeSpan?> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
