using System.Threading.Channels;
using Metricity.Collect;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Testing;

namespace Metricity.Tests.Collect;

/// <summary>
/// A batch store that keeps what it is given. By default a commit succeeds at once; after <see cref="Hold"/> each waits for
/// <see cref="Release"/>, so that a test decides what happens while a commit is under way. Batches are used again by the writer:
/// what a test looks at is a copy.
/// </summary>
internal sealed class MemoryStore : IBatchStore, IDisposable
{
    private readonly Channel<Batch> _started = Channel.CreateUnbounded<Batch>();
    private readonly SemaphoreSlim _gate = new(0);
    private readonly Queue<Exception> _failures = new();
    private readonly List<Commit> _commits = [];
    private volatile bool _held;
    private int _underWay;
    private int _tries;

    /// <summary>A try to commit, successful or not.</summary>
    internal sealed record Commit(int Events, GatewayPosition? Position, IReadOnlyList<Snowflake> Messages, bool Succeeded);

    public IReadOnlyList<Commit> Tries
    {
        get
        {
            lock (_commits)
            {
                return _commits.ToArray();
            }
        }
    }

    public IReadOnlyList<Commit> Commits => Tries.Where(commit => commit.Succeeded).ToArray();

    /// <summary>The most commits that were under way at one time.</summary>
    public int MostUnderWay { get; private set; }

    /// <summary>Commits that were begun.</summary>
    public int Started => Volatile.Read(ref _tries);

    public void Hold() => _held = true;

    /// <summary>Lets one held commit go on.</summary>
    public void Release() => _gate.Release();

    /// <summary>All commits go through from here on.</summary>
    public void ReleaseAll()
    {
        _held = false;
        _gate.Release(1_000);
    }

    /// <summary>The next commits fail with these, one after the other.</summary>
    public void FailNext(params Exception[] failures)
    {
        foreach (var failure in failures)
        {
            _failures.Enqueue(failure);
        }
    }

    /// <summary>Waits until the writer has begun another commit.</summary>
    public async Task NextStartAsync() => await _started.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

    public void Dispose() => _gate.Dispose();

    public async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        MostUnderWay = Math.Max(MostUnderWay, Interlocked.Increment(ref _underWay));
        try
        {
            Interlocked.Increment(ref _tries);
            await _started.Writer.WriteAsync(batch, cancellationToken);
            if (_held)
            {
                await _gate.WaitAsync(cancellationToken);
            }

            var failed = _failures.TryDequeue(out var failure);
            lock (_commits)
            {
                _commits.Add(new Commit(
                    batch.EventCount, batch.Position, [.. batch.ChangeSets.SelectMany(changes => changes.Messages.Keys)], !failed));
            }

            if (failed)
            {
                throw failure!;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
