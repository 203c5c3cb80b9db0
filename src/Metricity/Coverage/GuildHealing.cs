using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Coverage;

/// <summary>
/// Heals the gaps of one guild, one after another, beside live collecting. <see cref="See"/> is called by the reader,
/// <see cref="RunAsync"/> is the loop that fetches.
/// </summary>
internal sealed partial class GuildHealing(
    CollectRules rules,
    DiscordRest rest,
    LedgerStore ledger,
    TimeProvider time,
    ILoggerFactory loggers,
    HistoryMeter? total = null) : IEventObserver
{
    private static readonly TimeSpan RetryLater = TimeSpan.FromMinutes(1);

    /// <summary>Least time between two tries because permissions changed: a guild that is being rearranged sends hundreds of events.</summary>
    private static readonly TimeSpan PermissionsSettle = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<GuildHealing>();
    private readonly SemaphoreSlim _wake = new(1);
    private readonly HashSet<(long Gap, bool IsOver)> _announced = [];
    private volatile bool _isBlocked;
    private volatile bool _isSettling;
    private Snowflake? _botId;

    /// <summary>The ledger or the members changed: there may be something to heal, or to close.</summary>
    public void Wake() => _wake.Release();

    /// <summary>Notes what an event says of the bot's rights.</summary>
    public void See(DiscordEvent @event)
    {
        switch (@event)
        {
            case SessionStarted e:
                _botId = e.BotUserId;
                break;
            case ThreadListSynced or ChannelChanged or RoleChanged:
                NotePermissions();
                break;
            case MemberUpdated e when _botId is null || e.Member.Id == _botId:
                NotePermissions();
                break;
        }
    }

    /// <summary>Heals each time there is something to heal, until cancelled.</summary>
    public async Task RunAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.WaitAsync(cancellationToken);
            while (_wake.Wait(0, CancellationToken.None))
            {
                // Several calls are one.
            }

            if (_isSettling)
            {
                await Task.Delay(PermissionsSettle, time, cancellationToken);
                _isSettling = false;
            }

            try
            {
                await HealAsync(queue, cancellationToken);
            }
            catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException or StoreUnavailableException)
            {
                LogInterrupted(rules.GuildId, e.Message, RetryLater);
                _ = WakeLaterAsync(cancellationToken);
            }
        }
    }

    private void NotePermissions()
    {
        if (_isBlocked && !_isSettling)
        {
            _isSettling = true;
            _wake.Release();
        }
    }

    private async Task HealAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        var isBlocked = false;
        foreach (var gap in await ledger.GetOpenGapsAsync(rules.GuildId, cancellationToken))
        {
            if (gap.EndedAt is null)
            {
                if (_announced.Add((gap.Id, IsOver: false)))
                {
                    LogGoesOn(gap);
                }

                continue;
            }

            if (await ledger.CloseAsync(gap, cancellationToken))
            {
                LogClosed(gap.StartedAt, gap.EndedAt.Value, PlaceOf(gap));
                continue;
            }

            if (_announced.Add((gap.Id, IsOver: true)))
            {
                LogOpened(gap.StartedAt, gap.EndedAt.Value, PlaceOf(gap), gap.Reason);
            }

            isBlocked |= !await HealAsync(gap, queue, cancellationToken);
        }

        _isBlocked = isBlocked;
    }

    private static string PlaceOf(CoverageGap gap) =>
        gap.ChannelId is { } channelId ? $"channel {channelId} of guild {gap.GuildId}" : $"guild {gap.GuildId}";

    private void LogGoesOn(CoverageGap gap)
    {
        if (gap.ChannelId is { } channelId)
        {
            LogHidden(channelId, rules.GuildId, gap.StartedAt);
        }
        else
        {
            LogGoesOn(rules.GuildId, gap.StartedAt, gap.Reason);
        }
    }

    /// <returns>False when something of it cannot be read.</returns>
    private async Task<bool> HealAsync(CoverageGap gap, EventQueue queue, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var meter = new HistoryMeter(total);
        _botId ??= (await rest.GetCurrentUserAsync(cancellationToken)).Id;

        // Told before the permissions are read: what changes while they are is not missed.
        _isBlocked = true;
        var services = new HistoryServices(rest, ledger, queue.CommitAsync, time, loggers.CreateLogger<HistoryWalk>());
        var walk = new HistoryWalk(gap, rules, _botId.Value, meter, services);
        await queue.InjectAsync(new ThreadsRequested(rules.GuildId), cancellationToken);
        IReadOnlyList<CoveragePart> left;
        try
        {
            left = await walk.RunAsync(cancellationToken);
        }
        finally
        {
            await queue.InjectAsync(new ThreadsListed(rules.GuildId), cancellationToken);
        }

        foreach (var part in left)
        {
            LogUnreadable(part.ParentId is null ? "channel" : "thread", part.ChannelId, part.Obstacle);
        }

        if (left.Count > 0)
        {
            LogLeftOpen(gap.StartedAt, gap.EndedAt!.Value, PlaceOf(gap), left.Select(part => part.ChannelId).Distinct().Count());

            return false;
        }

        // Without the members it is closed when they are compared, which wakes the loop.
        if (await ledger.CloseAsync(gap, cancellationToken))
        {
            LogHealed(
                gap.StartedAt, gap.EndedAt!.Value, PlaceOf(gap), meter.Parts, meter.Messages, meter.Vanished, time.GetElapsedTime(started));
        }

        return true;
    }

    private async Task WakeLaterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(RetryLater, time, cancellationToken);
            _wake.Release();
        }
        catch (OperationCanceledException)
        {
            // The end of the program makes the retry needless; the next start tries again.
        }
    }

    [LoggerMessage(LogEvents.Coverage.GapOpened, LogLevel.Warning,
        "From {From:u} to {Until:u} events of {Place} were missed ({Cause}); the history is fetched over REST")]
    private partial void LogOpened(DateTime from, DateTime until, string place, string? cause);

    [LoggerMessage(LogEvents.Coverage.GapGoesOn, LogLevel.Warning,
        "Nothing of guild {GuildId} is received since {From:u} ({Cause}); what is missed is fetched when it is back")]
    private partial void LogGoesOn(Snowflake guildId, DateTime from, string? cause);

    [LoggerMessage(LogEvents.Coverage.ChannelHidden, LogLevel.Warning,
        "The bot may not see channel {ChannelId} of guild {GuildId} any more, since {From:u}: nothing of it is received. Grant it View Channel; "
        + "what is missed until then is fetched")]
    private partial void LogHidden(Snowflake channelId, Snowflake guildId, DateTime from);

    [LoggerMessage(LogEvents.Coverage.GapHealed, LogLevel.Information,
        "The gap from {From:u} to {Until:u} of {Place} is healed: {Parts} channels, threads and lists fetched, "
        + "{Messages} messages listed, {Vanished} stored ones found deleted, in {Elapsed}")]
    private partial void LogHealed(
        DateTime from, DateTime until, string place, int parts, long messages, long vanished, TimeSpan elapsed);

    [LoggerMessage(LogEvents.Coverage.GapClosed, LogLevel.Information,
        "The gap from {From:u} to {Until:u} of {Place} is healed: nothing of it is left to fetch or to compare")]
    private partial void LogClosed(DateTime from, DateTime until, string place);

    [LoggerMessage(LogEvents.Coverage.GapLeftOpen, LogLevel.Warning,
        "The gap from {From:u} to {Until:u} of {Place} stays open: {Channels} channels cannot be read. Nothing in them is taken for "
        + "deleted; they are tried again when permissions change")]
    private partial void LogLeftOpen(DateTime from, DateTime until, string place, int channels);

    [LoggerMessage(LogEvents.Coverage.Unreadable, LogLevel.Warning, "History of {Kind} {ChannelId} cannot be read: {Cause}")]
    private partial void LogUnreadable(string kind, Snowflake channelId, HistoryObstacle cause);

    [LoggerMessage(LogEvents.Coverage.Interrupted, LogLevel.Warning,
        "Healing of guild {GuildId} is interrupted: {Cause} What was fetched is stored; going on there in {Delay}")]
    private partial void LogInterrupted(Snowflake guildId, string cause, TimeSpan delay);
}
