using Metricity.Events;
using Metricity.Ingest;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Sync;

/// <summary>
/// Brings one guild's members up to date after a new session or an outage: asks the gateway for the whole list, and REST when the
/// gateway stays silent. <see cref="Pass"/> runs on the intake, <see cref="RunAsync"/> is the loop that asks; they share the list.
/// </summary>
internal sealed partial class GuildSync(
    Snowflake guildId,
    DiscordRest rest,
    IMemberRequester gateway,
    DateTimeOffset lastRequest,
    TimeProvider time,
    ILogger<GuildSync> logger)
{
    /// <summary>Discord answers one request for a guild's whole list in 30 s (docs, "Request Guild Members"; a margin on top).</summary>
    private static readonly TimeSpan RequestWindow = TimeSpan.FromSeconds(30.5);

    /// <summary>Silence after which a request counts as lost: Discord has no error answer for one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryLater = TimeSpan.FromMinutes(5);
    private const int PageSize = 1000;

    private readonly MemberList _members = new();

    // RESUME can bring chunks that an earlier run of the program asked for: no two runs may share a nonce (32 bytes at most).
    private readonly string _noncePrefix = Guid.NewGuid().ToString("N")[..12];
    private readonly SemaphoreSlim _wake = new(0);
    private CancellationTokenSource _run = new();
    private DateTimeOffset _lastRequest = lastRequest;
    private volatile bool _snapshotDue;
    private int _nonce;

    /// <summary>True while a member list is being fetched.</summary>
    public bool IsUnderWay => _members.IsOpen;

    /// <summary>
    /// A resumed session sends no GUILD_CREATE. A guild that an earlier run of the program never synced to the end, or that is new in the
    /// settings, gets its snapshot over REST.
    /// </summary>
    public void BeginByRest()
    {
        _snapshotDue = true;
        _wake.Release();
    }

    /// <summary>Notes what an event says of members and gives the event to queue; see <see cref="IEventTap"/>.</summary>
    public DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then)
    {
        then = null;
        switch (@event)
        {
            case GuildAvailable e:
                _snapshotDue = false;
                Begin(e.Members);
                break;
            case SessionStarted or GuildUnavailable or GuildLeft:
                Interlocked.Exchange(ref _run, new CancellationTokenSource()).Cancel();
                break;
            case MemberJoined e:
                _members.Touch(e.Member.Id, isMember: true);
                break;
            case MemberUpdated e:
                _members.Touch(e.Member.Id, isMember: true);
                break;
            case MemberLeft e:
                _members.Touch(e.User.Id, isMember: false);
                break;
            case MemberRequestLimited e:
                _members.Refuse(e.Nonce, e.RetryAfter);
                break;
            case MemberChunk e:
                var current = _members.Take(e, out var seen);
                then = seen is null ? null : new MembersSynced(guildId, seen);
                return e with { Members = current };
        }

        return @event;
    }

    /// <summary>Fetches a list each time one is due, until cancelled.</summary>
    public async Task RunAsync(EventIntake intake, CancellationToken cancellationToken)
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
                if (_snapshotDue)
                {
                    // Not under the token of the run, which ends when the snapshot passes: it begins a new one.
                    await intake.InjectAsync(FetchSnapshotAsync, cancellationToken);
                }
                else if (_members.IsOpen)
                {
                    await SyncAsync(intake, run.Token);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The session or the guild went away; its return begins a new list.
            }
            catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
            {
                LogFailed(logger, guildId, e.Message, RetryLater);
                _ = WakeLaterAsync(session, cancellationToken);
            }
        }
    }

    private void Begin(IReadOnlyList<UserFacts> alreadySeen)
    {
        Interlocked.Exchange(ref _run, new CancellationTokenSource()).Cancel();
        _members.Open(alreadySeen);
        _wake.Release();
    }

    private async Task<DiscordEvent> FetchSnapshotAsync(CancellationToken cancellationToken)
    {
        var channels = await rest.GetChannelsAsync(guildId, cancellationToken);
        var threads = await rest.GetActiveThreadsAsync(guildId, cancellationToken);
        _snapshotDue = false;

        return new GuildAvailable(guildId, 0, [.. channels.Select(channel => channel.Facts)], threads, []);
    }

    private async Task SyncAsync(EventIntake intake, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        LogStarted(logger, guildId);
        if (!await SyncByGatewayAsync(cancellationToken))
        {
            await SyncByRestAsync(intake, cancellationToken);
        }

        if (_members.Unreadable > 0)
        {
            LogUnreadable(logger, guildId, _members.Unreadable);

            return;
        }

        LogCompleted(logger, guildId, time.GetElapsedTime(started));
    }

    /// <summary>False when Discord stays silent: REST is the second way.</summary>
    private async Task<bool> SyncByGatewayAsync(CancellationToken cancellationToken)
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
            _members.Expect(nonce);
            if (!await gateway.TryRequestMembersAsync(guildId, nonce, cancellationToken))
            {
                LogNotConnected(logger, guildId);

                return false;
            }

            _lastRequest = time.GetUtcNow();

            TimeSpan? refusal = null;
            try
            {
                while (_members.IsOpen && refusal is null)
                {
                    refusal = await _members.WaitForNewsAsync().WaitAsync(Patience, time, cancellationToken);
                }
            }
            catch (TimeoutException)
            {
                LogTimedOut(logger, guildId, Patience);

                return false;
            }

            if (refusal is not { } retryAfter)
            {
                return true;
            }

            LogLimited(logger, guildId, retryAfter);
            await Task.Delay(retryAfter, time, cancellationToken);
            _lastRequest = DateTimeOffset.MinValue;
        }
    }

    private async Task SyncByRestAsync(EventIntake intake, CancellationToken cancellationToken)
    {
        var nonce = NextNonce();
        _members.Expect(nonce);
        var after = default(Snowflake);
        for (var index = 0; ; index++)
        {
            var page = await rest.GetMembersAsync(guildId, after, PageSize, cancellationToken);
            var isLast = page.Received < PageSize;
            var chunk = new MemberChunk(guildId, nonce, index, isLast ? index + 1 : 0, page.Items)
            {
                SkippedElements = page.Received - page.Items.Count,
            };
            await intake.InjectAsync(chunk, cancellationToken);
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
        if (_members.IsOpen)
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

    [LoggerMessage(SyncLogEvents.Started, LogLevel.Information, "Syncing the members of guild {GuildId}")]
    private static partial void LogStarted(ILogger logger, Snowflake guildId);

    [LoggerMessage(SyncLogEvents.Completed, LogLevel.Information, "Members of guild {GuildId} are synced after {Elapsed}")]
    private static partial void LogCompleted(ILogger logger, Snowflake guildId, TimeSpan elapsed);

    [LoggerMessage(SyncLogEvents.Limited, LogLevel.Information,
        "Discord limits member lists of guild {GuildId}; asking again in {RetryAfter}. Nobody is marked as left meanwhile")]
    private static partial void LogLimited(ILogger logger, Snowflake guildId, TimeSpan retryAfter);

    [LoggerMessage(SyncLogEvents.TimedOut, LogLevel.Warning,
        "No members of guild {GuildId} came over the gateway for {Patience}; fetching the list over REST")]
    private static partial void LogTimedOut(ILogger logger, Snowflake guildId, TimeSpan patience);

    [LoggerMessage(SyncLogEvents.NotConnected, LogLevel.Information,
        "The gateway is not connected; fetching the members of guild {GuildId} over REST")]
    private static partial void LogNotConnected(ILogger logger, Snowflake guildId);

    [LoggerMessage(SyncLogEvents.Unreadable, LogLevel.Error,
        "{Count} members of guild {GuildId} could not be read, so nobody is marked as left; the next start or session asks again")]
    private static partial void LogUnreadable(ILogger logger, Snowflake guildId, int count);

    [LoggerMessage(SyncLogEvents.Failed, LogLevel.Error,
        "The members of guild {GuildId} could not be synced: {Reason} Joins and leaves are still seen live. Trying again in {Delay}")]
    private static partial void LogFailed(ILogger logger, Snowflake guildId, string reason, TimeSpan delay);
}
