using Metricity.DiscordSimulator;
using Npgsql;

namespace Metricity.Testing;

/// <summary>The collector's coverage ledger for one guild: tells whether, and why, a difference from the truth is one that it admits.</summary>
public sealed class CoverageLedger
{
    /// <summary>A commit may come this much after the event; also the difference of two clocks' rounding.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, LedgerMessage> _messages;
    private readonly Dictionary<string, LedgerThread> _threads;
    private readonly Dictionary<string, LedgerUser> _users;
    private readonly Dictionary<string, LedgerChannel> _channels;

    private CoverageLedger(SimLedger truth, IReadOnlyList<CoverageGap> gaps)
    {
        Gaps = gaps;
        _messages = truth.Messages.ToDictionary(message => $"{message.Id}", StringComparer.Ordinal);
        _users = truth.Users.ToDictionary(user => $"{user.Id}", StringComparer.Ordinal);
        _channels = truth.Channels.ToDictionary(channel => $"{channel.Id}", StringComparer.Ordinal);
        _threads = truth.Threads.ToDictionary(thread => $"{thread.Id}", StringComparer.Ordinal);
    }

    public IReadOnlyList<CoverageGap> Gaps { get; }

    /// <summary>False for a program without a ledger: then no difference is admitted.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select to_regclass('metricity.coverage_channels') is not null", connection);

        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    public static async Task<CoverageLedger> ReadAsync(SimLedger truth, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        const string GapSql =
            """
            select id, channel_id, started_at, coalesce(ended_at, 'infinity'), healed_at, planned_at is not null, members_synced_at, checked_from
            from metricity.coverage
            where kind = 'gap' and guild_id = $1
            order by started_at
            """;
        const string PartSql =
            """
            select coverage_id, channel_id, state in ('healed', 'deleted'), coalesce(reason, '') from metricity.coverage_channels
            where coverage_id in (select id from metricity.coverage where kind = 'gap' and guild_id = $1)
            """;
        var parts = new List<(long Gap, string Channel, bool IsHealed, string Reason)>();
        await using var partCommand = database.CreateCommand(PartSql);
        partCommand.Parameters.AddWithValue($"{truth.GuildId}");
        await using (var reader = await partCommand.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                parts.Add((reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(2), reader.GetString(3)));
            }
        }

        var gaps = new List<CoverageGap>();
        await using var command = database.CreateCommand(GapSql);
        command.Parameters.AddWithValue($"{truth.GuildId}");
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var mine = parts.Where(part => part.Gap == reader.GetInt64(0)).ToList();
                gaps.Add(new CoverageGap(
                    reader.GetValue(1) as string,
                    reader.GetDateTime(2),
                    reader.GetDateTime(3),
                    reader.GetValue(4) as DateTime?,
                    IsPlanned: reader.GetBoolean(5),
                    reader.GetValue(6) as DateTime?,
                    reader.GetValue(7) as DateTime?,
                    mine.Select(part => part.Channel).ToHashSet(StringComparer.Ordinal),
                    mine.Where(part => !part.IsHealed).Select(part => part.Channel).ToHashSet(StringComparer.Ordinal),
                    [.. mine.Where(part => !part.IsHealed).Select(part => part.Reason).Distinct()]));
            }
        }

        return new CoverageLedger(truth, gaps);
    }

    /// <summary>
    /// Why this may be so, or null: a gap that is still open covers it; or it happened in a gap that is healed, and Discord does not tell
    /// of such things afterwards.
    /// </summary>
    public string? WhyAdmitted(Difference difference) => difference.Table switch
    {
        "messages" => _messages.TryGetValue(difference.Id, out var message) ? Why(message, difference) : null,
        "deletions" => !_messages.TryGetValue(difference.Id, out var message) ? null
            : difference.Expected is null ? WhyTooMany(message)
            : WhyMissing(message) ?? WhyNotDeleted(message),
        "threads" => _threads.TryGetValue(difference.Id, out var thread) ? Why(thread, difference) : null,
        "channels" => _channels.TryGetValue(difference.Id, out var channel) ? Why(channel, difference) : null,
        "members" => Why(_users[difference.Id], difference),
        _ => null,
    };

    /// <summary>As <see cref="WhyAdmitted"/>, without the reason.</summary>
    public bool Admits(Difference difference) => WhyAdmitted(difference) is not null;

    private string? Why(LedgerMessage message, Difference difference)
    {
        const string Edited = ", edited ";
        if (difference.Stored is not { } stored)
        {
            return WhyMissing(message);
        }

        if (difference.Expected is not { } expected)
        {
            return WhyTooMany(message);
        }

        if (stored.Split(Edited)[0] != expected.Split(Edited)[0])
        {
            return null;
        }

        var isDeletionMissed = stored[^1] != expected[^1];
        var isEditMissed = stored[..^1] != expected[..^1];
        var whyEdit = isEditMissed ? WhyNotEdited(message) : "";
        var whyDeletion = isDeletionMissed ? WhyNotDeleted(message) : "";

        return whyEdit is null || whyDeletion is null ? null : isDeletionMissed ? whyDeletion : whyEdit;
    }

    private static string? WhyTooMany(LedgerMessage message) =>
        message is { Visible: false, AuthorIsBot: false } ? "written while hidden, and read when that was over" : null;

    private string? WhyMissing(LedgerMessage message) => First(message, message.CreatedAt, gap =>
        IsOpen(gap, message) ? "open gap"
        : gap.IsBeforeHealed(message.DeletedAt, Margin) ? "written and deleted in a gap"
        : gap.IsBeforeHealed(GoneAt(message), Margin) ? "written in a gap where the channel or thread was deleted before it was read"
        : null);

    private string? WhyNotEdited(LedgerMessage message) => First(message, message.EditedAt, gap =>
        IsOpen(gap, message) ? "open gap"
        : gap.IsBeforeHealed(message.DeletedAt, Margin) ? "edited in a gap and deleted before it was read"
        : gap.IsBeforeHealed(GoneAt(message), Margin) ? "edited in a gap where the channel or thread was deleted before it was read"
        : message.CreatedAt.UtcDateTime < gap.CheckedFrom ? "edited in a gap, older than what is compared"
        : null);

    private string? WhyNotDeleted(LedgerMessage message) => First(message, message.DeletedAt, gap =>
        IsOpen(gap, message) ? "open gap"
        : gap.IsBeforeHealed(GoneAt(message), Margin) ? "deleted in a gap where the channel or thread was deleted before it was read"
        : message.CreatedAt.UtcDateTime < gap.CheckedFrom ? "deleted in a gap, older than what is compared"
        : null);

    private string? First(LedgerMessage message, DateTimeOffset? at, Func<CoverageGap, string?> why) => at is not { } time ? null : Gaps
        .Where(gap => (gap.ChannelId is null || gap.ChannelId == $"{message.ChannelId}") && gap.Covers(time, Margin))
        .Select(why)
        .FirstOrDefault(reason => reason is not null);

    private string? Why(LedgerThread thread, Difference difference)
    {
        var gone = Earlier(thread.DeletedAt, thread.ParentDeletedAt);
        var created = SimSnowflake.TimeOf(thread.Id);
        foreach (var gap in Gaps.Where(gap => gap.ChannelId is null || gap.ChannelId == $"{thread.ParentId}"))
        {
            if (!gap.IsHealed && gap.IsOpenFor($"{thread.Id}", $"{thread.ParentId}"))
            {
                return "open gap";
            }

            if (difference.Stored is null && gap.Covers(thread.CreatedAt ?? created, Margin) && gap.IsBeforeHealed(gone, Margin))
            {
                return "thread opened and deleted in a gap";
            }

            if (difference.Stored is { } stored && gone is { } at && at.UtcDateTime >= gap.From - Margin && gap.IsBeforeHealed(at, Margin))
            {
                // Of an active one that is not listed any more Discord is asked, and says only that it is gone.
                return stored.EndsWith("deleted t", StringComparison.Ordinal) ? "thread changed and deleted in a gap"
                    : stored.Contains("archived t", StringComparison.Ordinal) ? "archived thread deleted in a gap"
                    : null;
            }
        }

        return difference.Expected is null && !thread.EverVisible ? "thread from when the channel was hidden" : null;
    }

    private string? Why(LedgerChannel channel, Difference difference)
    {
        var gap = Gaps.FirstOrDefault(gap => gap.ChannelId is null && channel.DeletedAt is { } at && gap.Covers(at, Margin));

        return gap is null ? null
            : difference.Stored is not null ? "channel changed and deleted in a gap"
            : gap.Covers(SimSnowflake.TimeOf(channel.Id), Margin) ? "channel made and deleted in a gap"
            : null;
    }

    private string? Why(LedgerUser user, Difference difference) =>
        Gaps.Any(gap => gap is { ChannelId: null, IsHealed: false, MembersAt: null }) ? "open gap"
        : difference.Stored is null && !user.InGuild && user.JoinedAt is { } joined && Gaps.Any(gap => gap.Covers(joined, Margin))
            ? "joined and left in a gap"
            : null;

    private static bool IsOpen(CoverageGap gap, LedgerMessage message) =>
        !gap.IsHealed && gap.IsOpenFor($"{message.ThreadId ?? message.ChannelId}", $"{message.ChannelId}");

    /// <summary>When the place of a message was deleted: its history can be read no more.</summary>
    private DateTimeOffset? GoneAt(LedgerMessage message)
    {
        var channel = _channels.GetValueOrDefault($"{message.ChannelId}")?.DeletedAt;
        var thread = message.ThreadId is { } id ? _threads.GetValueOrDefault($"{id}")?.DeletedAt : null;

        return Earlier(channel, thread);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;
}

/// <summary>A gap of the ledger, times in UTC.</summary>
/// <param name="ChannelId">The one channel that it is about; null = all.</param>
/// <param name="MembersAt">When the members were compared.</param>
/// <param name="CheckedFrom">Older messages were not compared with Discord's history.</param>
/// <param name="Listed">Channels and threads that are to be fetched, or were.</param>
/// <param name="Open">Those of them that are not complete.</param>
/// <param name="Reasons">Why not.</param>
public sealed record CoverageGap(
    string? ChannelId,
    DateTime From,
    DateTime To,
    DateTime? HealedAt,
    bool IsPlanned,
    DateTime? MembersAt,
    DateTime? CheckedFrom,
    IReadOnlySet<string> Listed,
    IReadOnlySet<string> Open,
    IReadOnlyList<string> Reasons)
{
    public bool IsHealed => HealedAt is not null;

    public bool Covers(DateTimeOffset at, TimeSpan margin) => at.UtcDateTime >= From - margin && at.UtcDateTime - margin <= To;

    /// <summary>Whether what was there until then can have been gone before its history was read.</summary>
    public bool IsBeforeHealed(DateTimeOffset? at, TimeSpan margin) =>
        at is { } time && (HealedAt is not { } healed || time.UtcDateTime <= healed + margin);

    /// <summary>Of a channel itself, both are the same.</summary>
    public bool IsOpenFor(string channelOrThread, string parent) =>
        !IsPlanned || (Listed.Contains(channelOrThread) ? Open.Contains(channelOrThread) : Open.Contains(parent));
}
