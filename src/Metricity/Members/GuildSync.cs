using Metricity.Collect;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Members;

/// <summary>What a guild's sync begins with.</summary>
/// <param name="LastRequest">When the member list was last asked for, by whatever run of the program; the minimum when never.</param>
/// <param name="IsUnsynced">No earlier run of the program synced the guild to the end.</param>
internal readonly record struct SyncStart(DateTimeOffset LastRequest, bool IsUnsynced);

/// <summary>
/// Asks the gateway for a guild's member list (op 8); the answer comes as chunks. False when there is no live session to ask on.
/// </summary>
internal delegate ValueTask<bool> RequestMembers(Snowflake guildId, string nonce, CancellationToken cancellationToken);

/// <summary>
/// Brings one guild's members up to date after a new session or an outage: asks the gateway for the whole list, and REST when the
/// gateway stays silent. <see cref="See"/> is called by the reader, <see cref="RunAsync"/> is the loop that asks. Which live events a list
/// must not overwrite is known where both are merged, in <see cref="ChangeSetBuilder"/>.
/// </summary>
internal sealed partial class GuildSync(
    Snowflake guildId,
    SyncStart start,
    DiscordRest rest,
    RequestMembers requestMembers,
    TimeProvider time,
    ILogger<GuildSync> logger) : IEventObserver
{
    /// <summary>Discord answers one request for a guild's whole list in 30 s (docs, "Request Guild Members"; a margin on top).</summary>
    private static readonly TimeSpan RequestWindow = TimeSpan.FromSeconds(30.5);

    /// <summary>Silence after which a request counts as lost: Discord has no error answer for one.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryLater = TimeSpan.FromMinutes(5);
    private const int PageSize = 1000;

    private readonly Lock _lock = new();
    private readonly MemberListProgress _list = new();

    // RESUME can bring chunks that an earlier run of the program asked for: no two runs may share a nonce (32 bytes at most).
    private readonly string _noncePrefix = Guid.NewGuid().ToString("N")[..12];
    private readonly SemaphoreSlim _wake = new(0);
    private CancellationTokenSource _run = new();
    private DateTimeOffset _lastRequest = start.LastRequest;
    private bool _isUnsynced = start.IsUnsynced;
    private int _nonce;

    // How often a snapshot over REST became due, and which of these times is settled, by it or by the gateway's own.
    private int _snapshotsDue;
    private int _snapshotsSettled;

    /// <inheritdoc/>
    public void See(DiscordEvent @event)
    {
        switch (@event)
        {
            case GuildAvailable e:
                lock (_lock)
                {
                    _snapshotsSettled = _snapshotsDue;
                    Begin(e);
                }

                break;
            case SessionStarted:
                _isUnsynced = false;
                EndRun();
                break;
            case SessionResumed when _isUnsynced:
                // A resumed session sends no GUILD_CREATE.
                _isUnsynced = false;
                BeginByRest();
                break;
            case EventsMissing:
                // They may have been joins, leaves, channels and threads: everything is compared anew.
                BeginByRest();
                break;
            case GuildUnavailable or GuildLeft:
                EndRun();
                break;
            case MemberRequestLimited e:
                _list.Refuse(e.Nonce, e.RetryAfter);
                break;
            case MemberChunk e:
                _list.Take(e);
                break;
        }
    }

    /// <summary>Fetches a list each time one is due, until cancelled.</summary>
    public async Task RunAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.WaitAsync(cancellationToken);
            while (_wake.Wait(0, CancellationToken.None))
            {
                // Several beginnings are one: the newest counts.
            }

            var session = _run.Token;
            using var run = CancellationTokenSource.CreateLinkedTokenSource(session, cancellationToken);
            try
            {
                if (IsSnapshotDue(out var due))
                {
                    // Not under the token of the run, which ends when the snapshot begins a new one.
                    await FetchSnapshotAsync(due, queue, cancellationToken);
                }
                else if (_list.Since is { } since)
                {
                    await SyncAsync(since, queue, run.Token);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The session or the guild went away; its return begins a new list.
            }
            catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
            {
                LogFailed(guildId, e.Message, RetryLater);
                _ = WakeLaterAsync(session, cancellationToken);
            }
        }
    }

    private void BeginByRest()
    {
        lock (_lock)
        {
            _snapshotsDue++;
        }

        _wake.Release();
    }

    private bool IsSnapshotDue(out int due)
    {
        lock (_lock)
        {
            due = _snapshotsDue;

            return due > _snapshotsSettled;
        }
    }

    /// <summary>Called under the lock, so that the newest snapshot in the queue is the one that the list is said to be of.</summary>
    private void Begin(GuildAvailable snapshot)
    {
        EndRun();
        _list.Begin(snapshot);
        _wake.Release();
    }

    private void EndRun() => Interlocked.Exchange(ref _run, new CancellationTokenSource()).Cancel();

    private async Task FetchSnapshotAsync(int due, EventQueue queue, CancellationToken cancellationToken)
    {
        await queue.InjectAsync(new GuildRequested(guildId), cancellationToken);
        var channels = await rest.GetChannelsAsync(guildId, cancellationToken);
        var threads = await rest.GetActiveThreadsAsync(guildId, cancellationToken);
        var snapshot = new GuildAvailable(guildId, 0, [.. channels.Select(channel => channel.Facts)], threads, []) { IsFetched = true };
        lock (_lock)
        {
            if (_snapshotsSettled >= due)
            {
                return; // the gateway's own came meanwhile
            }

            _snapshotsSettled = due;
            Begin(snapshot);
        }

        await queue.InjectAsync(snapshot, cancellationToken);
    }

    private async Task SyncAsync(GuildAvailable since, EventQueue queue, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        LogStarted(guildId);
        if (!await SyncByGatewayAsync(queue, cancellationToken))
        {
            await SyncByRestAsync(queue, cancellationToken);
        }

        await queue.InjectAsync(new MembersSynced(guildId, since, IsComplete: _list.Unreadable == 0), cancellationToken);
        if (_list.Unreadable > 0)
        {
            LogUnreadable(guildId, _list.Unreadable);

            return;
        }

        LogCompleted(guildId, time.GetElapsedTime(started));
    }

    /// <summary>False when Discord stays silent: REST is the second way.</summary>
    private async Task<bool> SyncByGatewayAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A last request in the future means that the clock was set back; the window is no longer for that.
            var wait = _lastRequest == DateTimeOffset.MinValue ? TimeSpan.Zero : _lastRequest + RequestWindow - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait < RequestWindow ? wait : RequestWindow, time, cancellationToken);
            }

            var nonce = NextNonce();
            _list.Expect(nonce);
            if (!await requestMembers(guildId, nonce, cancellationToken))
            {
                LogNotConnected(guildId);

                return false;
            }

            _lastRequest = time.GetUtcNow();

            TimeSpan? refusal = null;
            while (_list.Since is not null && refusal is null)
            {
                try
                {
                    refusal = await _list.WaitForNewsAsync().WaitAsync(AnswerTimeout, time, cancellationToken);
                }
                catch (TimeoutException) when (queue.IsWaitedFor)
                {
                    // A slow database is no silent Discord: what it sent may wait behind what the reader cannot queue.
                }
                catch (TimeoutException)
                {
                    LogTimedOut(guildId, AnswerTimeout);

                    return false;
                }
            }

            if (refusal is not { } retryAfter)
            {
                return true;
            }

            LogLimited(guildId, retryAfter);
            await Task.Delay(retryAfter, time, cancellationToken);
            _lastRequest = DateTimeOffset.MinValue;
        }
    }

    private async Task SyncByRestAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        var nonce = NextNonce();
        _list.Expect(nonce);
        var after = default(Snowflake);
        for (var index = 0; ; index++)
        {
            var page = await rest.GetMembersAsync(guildId, after, PageSize, cancellationToken);
            var isLast = page.Received < PageSize;
            var chunk = new MemberChunk(guildId, nonce, index, isLast ? index + 1 : 0, page.Items)
            {
                SkippedElements = page.Received - page.Items.Count,
            };
            await queue.InjectAsync(chunk, cancellationToken);
            _list.Take(chunk);
            if (isLast)
            {
                break;
            }

            if (page.Items.Count == 0)
            {
                throw new DiscordUnavailableException("a whole page of the list could not be read.", null);
            }

            after = page.Items.Max(member => member.Id);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_list.Since is not null)
        {
            throw new DiscordUnavailableException("Discord listed nobody, not even the bot.", null);
        }
    }

    private string NextNonce() => $"{_noncePrefix}-{Interlocked.Increment(ref _nonce)}";

    private async Task WakeLaterAsync(CancellationToken session, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(session, cancellationToken);
        try
        {
            await Task.Delay(RetryLater, time, either.Token);
            _wake.Release();
        }
        catch (OperationCanceledException)
        {
            // A new session or the end of the program makes the retry needless.
        }
    }

    [LoggerMessage(LogEvents.Members.Started, LogLevel.Information, "Syncing the members of guild {GuildId}")]
    private partial void LogStarted(Snowflake guildId);

    [LoggerMessage(LogEvents.Members.Completed, LogLevel.Information, "Members of guild {GuildId} are synced after {Elapsed}")]
    private partial void LogCompleted(Snowflake guildId, TimeSpan elapsed);

    [LoggerMessage(LogEvents.Members.Limited, LogLevel.Information,
        "Discord limits member lists of guild {GuildId}; asking again in {RetryAfter}. Nobody is marked as left meanwhile")]
    private partial void LogLimited(Snowflake guildId, TimeSpan retryAfter);

    [LoggerMessage(LogEvents.Members.TimedOut, LogLevel.Warning,
        "No members of guild {GuildId} came over the gateway for {Patience}; fetching the list over REST")]
    private partial void LogTimedOut(Snowflake guildId, TimeSpan patience);

    [LoggerMessage(LogEvents.Members.NotConnected, LogLevel.Information,
        "The gateway is not connected; fetching the members of guild {GuildId} over REST")]
    private partial void LogNotConnected(Snowflake guildId);

    [LoggerMessage(LogEvents.Members.Unreadable, LogLevel.Error,
        "{Count} members of guild {GuildId} could not be read, so nobody is marked as left; the next start or session asks again")]
    private partial void LogUnreadable(Snowflake guildId, int count);

    [LoggerMessage(LogEvents.Members.Failed, LogLevel.Error,
        "The members of guild {GuildId} could not be synced: {Reason} Joins and leaves are still seen live. Trying again in {Delay}")]
    private partial void LogFailed(Snowflake guildId, string reason, TimeSpan delay);
}
