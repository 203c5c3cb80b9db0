using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// Writes and deletes messages steadily and notes the sequence of each, so that a test can tell which rows belong to a position. Nobody
/// else may change the guild meanwhile.
/// </summary>
internal sealed class Poster : IAsyncDisposable
{
    private const int PerTick = 5;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Simulator _simulator;
    private readonly SimGuild _guild;
    private readonly List<(long Sequence, string Id, bool IsDelete)> _log = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private SimMessage? _last;

    public Poster(Simulator simulator, SimGuild guild)
    {
        _simulator = simulator;
        _guild = guild;
        _loop = RunAsync();
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    /// <summary>Asserts that messages and deletions are exactly those up to the sequence.</summary>
    public async Task AssertRowsEndAtAsync(long sequence, TestDatabase database)
    {
        (long Sequence, string Id, bool IsDelete)[] committed;
        lock (_log)
        {
            committed = [.. _log.Where(entry => entry.Sequence <= sequence)];
        }

        var messages = committed.Where(entry => !entry.IsDelete).Select(entry => entry.Id).Order(StringComparer.Ordinal);
        var deleted = committed.Where(entry => entry.IsDelete).Select(entry => entry.Id).Order(StringComparer.Ordinal);

        Assert.NotEmpty(committed);
        Assert.Equal(sequence, committed[^1].Sequence);
        Assert.Equal(messages, await database.ListAsync<string>("select id from messages order by id collate \"C\""));
        Assert.Equal(deleted, await database.ListAsync<string>("select id from messages where is_deleted order by id collate \"C\""));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            for (var count = 0; await timer.WaitForNextTickAsync(_stop.Token);)
            {
                for (var i = 0; i < PerTick; i++)
                {
                    Act(count++);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private void Act(int count)
    {
        lock (_log)
        {
            var isDelete = _last is not null && count % 8 == 0;
            if (isDelete)
            {
                _guild.DeleteMessage(_last!);
            }
            else
            {
                _last = _guild.PostMessage(_guild.Channels[count % _guild.Channels.Count]);
            }

            _log.Add((_simulator.Gateway.LastSequence, $"{_last!.Id}", isDelete));
        }
    }
}
