using Metricity.Collect;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Coverage;

/// <summary>What a walk works with, whatever it walks.</summary>
/// <param name="Commit">Returns when the event's changes are committed.</param>
internal sealed record HistoryServices(
    DiscordRest Rest,
    LedgerStore Ledger,
    Func<GuildEvent, CancellationToken, Task> Commit,
    TimeProvider Time,
    ILogger<HistoryWalk> Logger);

/// <summary>
/// Fetches the history of one gap or backfill, page by page, and commits each page with the place where to go on before it asks for the
/// next: a run that is cut short goes on there. Lists of archived threads come first, for they say which threads there are.
/// </summary>
internal sealed partial class HistoryWalk(
    CoverageGap gap, CollectRules rules, Snowflake botId, HistoryMeter meter, HistoryServices services)
{
    private const int PageSize = 100;

    /// <summary>Channels read at the same time. Each has a rate limit of its own at Discord, and answers in some 100 ms.</summary>
    private const int Parallel = 6;

    /// <summary>Most stored messages that are compared with one page.</summary>
    private const int MaxKnown = 1000;

    /// <summary>Empty ends that are settled together, because each time costs three requests.</summary>
    private const int MaxUnsettled = 25;

    private const int WrongChannelType = 50024;

    private static readonly TimeSpan ReportEvery = TimeSpan.FromMinutes(1);

    private readonly DiscordRest _rest = services.Rest;
    private readonly LedgerStore _ledger = services.Ledger;
    private readonly TimeProvider _time = services.Time;
    private readonly ILogger _logger = services.Logger;
    private readonly SemaphoreSlim _settling = new(1, 1);
    private readonly List<(CoveragePart Part, IReadOnlyList<Snowflake> Known)> _unsettled = [];
    private long _reported = services.Time.GetTimestamp();

    /// <summary>Fetches what is open and can be read.</summary>
    /// <returns>The parts that are left, all unreadable; empty when everything is fetched.</returns>
    /// <remarks>Throws what <see cref="DiscordRest"/> and <see cref="LedgerStore"/> throw; what is committed stays.</remarks>
    public async Task<IReadOnlyList<CoveragePart>> RunAsync(CancellationToken cancellationToken)
    {
        var access = await BotPermissions.FetchAsync(_rest, gap.GuildId, botId, _time, cancellationToken);
        var collected = await _ledger.GetCollectedChannelsAsync(gap.GuildId, cancellationToken);
        await PlanAsync();

        var parts = await GetPartsAsync(cancellationToken);
        var lists = parts.Where(part => part is { State: HistoryState.Open } and not { Part: HistoryPart.Messages }).ToList();
        await ForEachAsync(lists, ListAsync, cancellationToken);
        if (lists.Count > 0)
        {
            // A thread that was taken up again meanwhile may have left the archived ones before its page was read.
            await PlanAsync();
        }

        while ((parts = await GetPartsAsync(cancellationToken)).Any(part => part.State == HistoryState.Open))
        {
            await ForEachAsync(parts, ReadAsync, cancellationToken);
            await SettleAsync(cancellationToken);
        }

        return [.. parts.Where(part => !part.IsDone)];

        async Task PlanAsync()
        {
            var active = await _rest.GetActiveThreadsAsync(gap.GuildId, cancellationToken);
            var known = await _ledger.GetPartsAsync(gap, cancellationToken);
            await _ledger.PlanAsync(gap, new HistoryPlan(gap, rules, access, collected).Make(active, known), cancellationToken);
        }

        Task ListAsync(CoveragePart part, CancellationToken token) => ListThreadsAsync(part, access, token);

        Task ReadAsync(CoveragePart part, CancellationToken token) =>
            part.Part == HistoryPart.Messages ? ReadMessagesAsync(part, token) : ListThreadsAsync(part, access, token);
    }

    private static Task ForEachAsync(
        IEnumerable<CoveragePart> parts, Func<CoveragePart, CancellationToken, Task> action, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            parts.Where(part => part.State == HistoryState.Open),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (part, token) => await action(part, token));

    private async Task<IReadOnlyList<CoveragePart>> GetPartsAsync(CancellationToken cancellationToken)
    {
        var parts = await _ledger.GetPartsAsync(gap, cancellationToken);
        meter.SetParts(parts.Count, parts.Count(part => part.IsDone));

        return parts;
    }

    /// <summary>Walks archived threads, those archived last first, until they were archived before the stretch began.</summary>
    private async Task ListThreadsAsync(CoveragePart part, BotPermissions access, CancellationToken cancellationToken)
    {
        var byTime = part.Part == HistoryPart.PublicThreads || access.CanManageThreads(part.ChannelId);
        var cursor = part.Cursor;
        while (true)
        {
            ThreadPage page;
            try
            {
                page = await GetThreadsAsync(part, byTime, cursor, cancellationToken);
            }
            catch (DiscordRestException e) when (IsAboutChannel(e))
            {
                await EndAsync(part, e, cancellationToken);

                return;
            }

            var wanted = page.Threads.Where(thread => !(thread.ArchivedAt < gap.From) && !(thread.Id.CreatedAt > gap.Until)).ToList();
            var next = page.Threads.Count == 0 ? null : byTime ? NextTime(page.Threads[^1], cursor) : new HistoryCursor(page.Threads[^1].Id, null);
            var ends = !page.HasMore || next is null || (byTime && page.Threads[^1].ArchivedAt < gap.From);
            await CommitAsync(
                new HistoryThreads(gap.GuildId, Step(part, ends ? HistoryState.Healed : HistoryState.Open, next), wanted, gap.IsBackfill),
                ends,
                cancellationToken);
            if (ends)
            {
                return;
            }

            cursor = next;
        }
    }

    private Task<ThreadPage> GetThreadsAsync(CoveragePart part, bool byTime, HistoryCursor? cursor, CancellationToken cancellationToken) =>
        part.Part == HistoryPart.PublicThreads
            ? _rest.GetPublicArchivedThreadsAsync(part.ChannelId, cursor?.Time, PageSize, cancellationToken)
            : byTime
                ? _rest.GetPrivateArchivedThreadsAsync(part.ChannelId, cursor?.Time, PageSize, cancellationToken)
                : _rest.GetJoinedArchivedThreadsAsync(part.ChannelId, cursor?.Id, PageSize, cancellationToken);

    /// <summary>Pages overlap by a microsecond, for threads archived at the same one; unless that would stand still.</summary>
    private static HistoryCursor? NextTime(ThreadFacts last, HistoryCursor? cursor)
    {
        if (last.ArchivedAt is not { } archivedAt)
        {
            return null;
        }

        var next = archivedAt.AddMicroseconds(1);

        return new HistoryCursor(null, next == cursor?.Time ? archivedAt : next);
    }

    private async Task ReadMessagesAsync(CoveragePart part, CancellationToken cancellationToken)
    {
        var until = Snowflake.At(gap.Until);
        var after = part.Cursor?.Id ?? Snowflake.At(gap.From);
        while (true)
        {
            // Read before the page is asked for: who is stored by then and not in it was deleted, and did not come in between.
            var known = gap.IsBackfill
                ? []
                : await _ledger.GetStoredMessagesAsync(gap.GuildId, part, after, until, MaxKnown, cancellationToken);
            RestPage<MessageFacts> page;
            try
            {
                page = await _rest.GetMessagesAfterAsync(part.ChannelId, after, PageSize, cancellationToken);
            }
            catch (DiscordRestException e) when (IsAboutChannel(e))
            {
                await EndAsync(part, e, cancellationToken);

                return;
            }

            if (page.Received == 0)
            {
                await DeferAsync(part, known, cancellationToken);

                return;
            }

            if (page.Items.Count == 0)
            {
                throw new DiscordUnavailableException("A whole page of history could not be read.", null);
            }

            var (next, ends) = await CommitPageAsync(part, page, known, until, cancellationToken);
            if (ends)
            {
                return;
            }

            after = next;
        }
    }

    private async Task<(Snowflake Next, bool Ends)> CommitPageAsync(
        CoveragePart part, RestPage<MessageFacts> page, IReadOnlyList<Snowflake> known, Snowflake until, CancellationToken cancellationToken)
    {
        var last = page.Items.Max(message => message.Id);
        var isShort = page.Received < PageSize;
        var ends = isShort || last.CompareTo(until) >= 0;
        var next = last;
        var provenTo = isShort ? until : last;
        if (known.Count == MaxKnown && provenTo.CompareTo(known[^1]) > 0)
        {
            // More is stored than was read: the page proves nothing beyond that, and the walk goes on there.
            provenTo = next = known[^1];
            ends = false;
        }

        var listed = page.Items.Select(message => message.Id).ToHashSet();
        var vanished = page.Items.Count < page.Received // a page with holes proves nothing
            ? []
            : known.Where(id => id.CompareTo(provenTo) <= 0 && !listed.Contains(id)).ToList();
        var messages = page.Items.Where(message => message.Id.CompareTo(until) <= 0).ToList();
        await CommitAsync(
            new HistoryPage(
                gap.GuildId, Step(part, ends ? HistoryState.Healed : HistoryState.Open, new HistoryCursor(next, null)), messages, vanished),
            ends,
            cancellationToken);

        return (next, ends);
    }

    /// <summary>An empty page: nothing more, or no right to read it. That is looked at for several channels at once.</summary>
    private async Task DeferAsync(CoveragePart part, IReadOnlyList<Snowflake> known, CancellationToken cancellationToken)
    {
        int count;
        lock (_unsettled)
        {
            _unsettled.Add((part, known));
            count = _unsettled.Count;
        }

        if (count >= MaxUnsettled)
        {
            await SettleAsync(cancellationToken);
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        await _settling.WaitAsync(cancellationToken);
        try
        {
            List<(CoveragePart Part, IReadOnlyList<Snowflake> Known)> ends;
            lock (_unsettled)
            {
                ends = [.. _unsettled];
                _unsettled.Clear();
            }

            if (ends.Count == 0)
            {
                return;
            }

            var access = await BotPermissions.FetchAsync(_rest, gap.GuildId, botId, _time, cancellationToken);
            foreach (var (part, known) in ends)
            {
                var obstacle = access.ObstacleIn(part.ParentId ?? part.ChannelId);
                var hasMore = known.Count == MaxKnown;
                var step = obstacle != HistoryObstacle.None ? Step(part, HistoryState.Unreadable, null, obstacle)
                    : hasMore ? Step(part, HistoryState.Open, new HistoryCursor(known[^1], null))
                    : Step(part, HistoryState.Healed, null);
                await CommitAsync(
                    new HistoryPage(gap.GuildId, step, [], obstacle == HistoryObstacle.None ? known : []),
                    ends: step.State == HistoryState.Healed,
                    cancellationToken);
            }
        }
        finally
        {
            _settling.Release();
        }
    }

    /// <summary>What Discord says of the channel itself, in contrast to a fault of the moment.</summary>
    private static bool IsAboutChannel(DiscordRestException e) => e.IsUnknown || e.IsMissingAccess || e.Code == WrongChannelType;

    private async Task EndAsync(CoveragePart part, DiscordRestException e, CancellationToken cancellationToken)
    {
        if (e.IsUnknown)
        {
            GuildEvent gone = part.ParentId is null
                ? new ChannelDeleted(gap.GuildId, part.ChannelId, ChannelType.Text)
                : new ThreadDeleted(gap.GuildId, part.ChannelId);
            await services.Commit(gone, cancellationToken);
        }

        var step = e.IsUnknown ? Step(part, HistoryState.Deleted, null)
            : e.Code == WrongChannelType ? Step(part, HistoryState.Healed, null)
            : Step(part, HistoryState.Unreadable, null, HistoryObstacle.Denied);
        await CommitAsync(new HistoryPage(gap.GuildId, step, [], []), ends: step.State != HistoryState.Unreadable, cancellationToken);
    }

    private HistoryStep Step(
        CoveragePart part, HistoryState state, HistoryCursor? cursor, HistoryObstacle obstacle = HistoryObstacle.None) =>
        new(gap.Id, part.ChannelId, part.Part, state, cursor, obstacle);

    private async Task CommitAsync(GuildEvent page, bool ends, CancellationToken cancellationToken)
    {
        await services.Commit(page, cancellationToken);
        var (messages, vanished) = page is HistoryPage history ? (history.Messages.Count, history.Vanished.Count) : (0, 0);
        meter.CountPage(messages, vanished);
        if (ends)
        {
            meter.CountDone();
        }

        var reported = Volatile.Read(ref _reported);
        if (_time.GetElapsedTime(reported) > ReportEvery
            && Interlocked.CompareExchange(ref _reported, _time.GetTimestamp(), reported) == reported)
        {
            LogProgress(gap.GuildId, meter.PartsDone, meter.Parts, meter.Messages, meter.Vanished);
        }
    }

    [LoggerMessage(LogEvents.Coverage.Progress, LogLevel.Information,
        "Fetching history of guild {GuildId}: {Done} of {Parts} channels, threads and lists done; {Messages} messages, {Vanished} found deleted")]
    private partial void LogProgress(Snowflake guildId, int done, int parts, long messages, long vanished);
}
