using System.Collections.Concurrent;
using Metricity.Testing;

namespace Metricity.Chaos;

/// <summary>
/// The collector's processes, with a supervisor as an operator has it: when none runs and none is held down, one is started. An end by
/// itself that no fault excuses is written down as wrong.
/// </summary>
internal sealed class Collectors(IReadOnlyDictionary<string, string> settings, Journal journal, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Restart = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    /// <summary>A signal that comes before the program listens to signals ends it, as it does any program (128 + SIGTERM).</summary>
    private const int EndedBySignal = 143;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<Copy> _copies = [];
    private readonly ConcurrentDictionary<int, (long From, TimeSpan For)> _excuses = [];
    private long? _ended;
    private bool _held;

    private sealed record Copy(int Number, CollectorProcess Process);

    /// <summary>Starts so far.</summary>
    public int Starts { get; private set; }

    /// <summary>Ends by themselves so far, by exit code.</summary>
    public ConcurrentDictionary<int, int> OwnEnds { get; } = [];

    /// <summary>For that time the collector may end by itself with this exit code.</summary>
    public void Excuse(int code, TimeSpan duration) => _excuses[code] = (time.GetTimestamp(), duration);

    /// <summary>Keeps one running until cancelled.</summary>
    public async Task SuperviseAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _turn.WaitAsync(CancellationToken.None);
            try
            {
                await ReapAsync();
                if (!_held && _copies.Count == 0 && (_ended is not { } ended || time.GetElapsedTime(ended) >= Restart))
                {
                    Start();
                }
            }
            finally
            {
                _turn.Release();
            }

            await Bed.PauseAsync(Look, cancellationToken);
        }
    }

    /// <summary>SIGKILL for all; they stay down until <see cref="RaiseAsync"/>. False when none was up.</summary>
    public Task<bool> KillAsync() => TakeDownAsync(copy => copy.Process.KillAsync());

    /// <summary>SIGTERM for all; they stay down until <see cref="RaiseAsync"/>. False when none was up.</summary>
    public Task<bool> TerminateAsync() => TakeDownAsync(TerminateAsync);

    /// <summary>SIGTERM, and SIGKILL before it has had the time to end.</summary>
    public Task<bool> TerminateAndKillAsync(TimeSpan after) => TakeDownAsync(async copy =>
    {
        var ending = copy.Process.StopAsync(StopLimit);
        await Task.WhenAny(ending, Task.Delay(after));
        await copy.Process.KillAsync();
        await ending;
    });

    /// <summary>Lets them run again.</summary>
    public async Task RaiseAsync()
    {
        await _turn.WaitAsync();
        _held = false;
        if (_copies.Count == 0)
        {
            Start();
        }

        _turn.Release();
    }

    /// <summary>A second copy beside the one that runs; after a while one of the two is killed.</summary>
    public async Task<bool> DoubleAsync(TimeSpan together, bool killsFirst, bool gently)
    {
        await _turn.WaitAsync();
        var first = _copies.FirstOrDefault();
        if (first is not null)
        {
            Start();
        }

        _turn.Release();
        if (first is null)
        {
            return false;
        }

        await Task.Delay(together);
        await _turn.WaitAsync();
        await ReapAsync();
        if (_copies.Count > 1)
        {
            var victim = killsFirst ? _copies[0] : _copies[^1];
            _copies.Remove(victim);
            await (gently ? TerminateAsync(victim) : victim.Process.KillAsync());
            await victim.Process.DisposeAsync();
        }

        _turn.Release();

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var copy in _copies)
        {
            await copy.Process.DisposeAsync();
        }
    }

    private async Task<bool> TakeDownAsync(Func<Copy, Task> how)
    {
        await _turn.WaitAsync();
        try
        {
            await ReapAsync();
            _held = true;
            var any = _copies.Count > 0;
            foreach (var copy in _copies)
            {
                await how(copy);
                await copy.Process.DisposeAsync();
            }

            _copies.Clear();

            return any;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TerminateAsync(Copy copy)
    {
        var code = await copy.Process.StopAsync(StopLimit);
        if (code is null)
        {
            journal.Blame($"collector {copy.Number} did not end within {StopLimit.TotalSeconds:0} s of SIGTERM");
        }
        else if (code != 0 && code != EndedBySignal && !IsExcused(code.Value))
        {
            journal.Blame($"collector {copy.Number} ended with {code} on SIGTERM:\n{Tail(copy)}");
        }
    }

    private void Start()
    {
        var number = ++Starts;
        _copies.Add(new Copy(number, CollectorProcess.Start(settings, line => journal.NoteCollector(number, line))));
        journal.Note($"collector {number} started");
    }

    private async Task ReapAsync()
    {
        foreach (var copy in _copies.FindAll(copy => copy.Process.HasExited))
        {
            await copy.Process.Ended;
            var code = copy.Process.ExitCode;
            OwnEnds.AddOrUpdate(code, 1, (_, count) => count + 1);
            journal.Note($"collector {copy.Number} ended by itself with {code}");
            if (!IsExcused(code))
            {
                journal.Blame($"collector {copy.Number} ended by itself with {code}:\n{Tail(copy)}");
            }

            _copies.Remove(copy);
            _ended = time.GetTimestamp();
            await copy.Process.DisposeAsync();
        }
    }

    private bool IsExcused(int code) =>
        _excuses.TryGetValue(code, out var excuse) && time.GetElapsedTime(excuse.From) < excuse.For;

    private static string Tail(Copy copy) => string.Join('\n', copy.Process.Output.TakeLast(8).Select(line => "      " + line));
}
