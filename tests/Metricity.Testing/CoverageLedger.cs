using Metricity.DiscordSimulator;
using Npgsql;

namespace Metricity.Testing;

/// <summary>The collector's coverage ledger for one guild: tells whether a difference from the truth is one that the ledger admits.</summary>
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
            select id, started_at, coalesce(ended_at, 'infinity'), healed_at is not null, planned_at is not null,
                members_synced_at is not null, checked_from
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
                    reader.GetDateTime(1),
                    reader.GetDateTime(2),
                    IsHealed: reader.GetBoolean(3),
                    IsPlanned: reader.GetBoolean(4),
                    HasMembers: reader.GetBoolean(5),
                    await reader.IsDBNullAsync(6, cancellationToken) ? null : reader.GetDateTime(6),
                    mine.Select(part => part.Channel).ToHashSet(StringComparer.Ordinal),
                    mine.Where(part => !part.IsHealed).Select(part => part.Channel).ToHashSet(StringComparer.Ordinal),
                    [.. mine.Where(part => !part.IsHealed).Select(part => part.Reason).Distinct()]));
            }
        }

        return new CoverageLedger(truth, gaps);
    }

    /// <summary>
    /// Whether the ledger says that this may be so: a gap that is still open covers it; or it happened in a gap that is healed, and Discord
    /// does not tell of such things afterwards.
    /// </summary>
    public bool Admits(Difference difference) => difference.Table switch
    {
        "messages" or "deletions" => _messages.TryGetValue(difference.Id, out var message) && Admits(message, difference),
        "threads" => _threads.TryGetValue(difference.Id, out var thread) && Admits(thread),
        "channels" => _channels.TryGetValue(difference.Id, out var channel) && Admits(channel, difference),
        "members" => Gaps.Any(gap => !gap.IsHealed && !gap.HasMembers)
            || (_users.TryGetValue(difference.Id, out var user) && CameAndWent(user)),
        _ => false,
    };

    private bool Admits(LedgerMessage message, Difference difference)
    {
        var isMissing = difference.Text.StartsWith("missing", StringComparison.Ordinal);
        if (isMissing && Gaps.Any(gap =>
            gap.Covers(message.CreatedAt, Margin) && (IsOpen(gap, message) || message.IsDeleted || IsGone(message))))
        {
            return true;
        }

        if (isMissing && difference.Table == "messages")
        {
            return false;
        }

        if (difference.Text.StartsWith("should not be there", StringComparison.Ordinal))
        {
            // Posted while the channel was hidden; the history gave it when it was not any more.
            return !message.Visible && !message.AuthorIsBot;
        }

        if (difference.Table == "messages" && message is { IsDeleted: true, EditedAt: { } edited }
            && Gaps.Any(gap => gap.Covers(edited, Margin)))
        {
            // Edited in a gap, and gone before that could be read; the deletion is compared by itself too.
            return true;
        }

        // What is stored misses a deletion or an edit.
        return (message.DeletedAt ?? message.EditedAt) is { } at && Gaps.Any(gap => gap.Covers(at, Margin)
            && (IsOpen(gap, message) || IsGone(message) || message.CreatedAt.UtcDateTime < gap.CheckedFrom));
    }

    /// <summary>Joined in a gap and is not there any more: no list has ever held the name.</summary>
    private bool CameAndWent(LedgerUser user) =>
        !user.InGuild && user.JoinedAt is { } joined && Gaps.Any(gap => gap.Covers(joined, Margin));

    /// <summary>A thread that was deleted in a gap leaves no trace, and one that hides in a channel that cannot be read is not seen.</summary>
    private bool Admits(LedgerThread thread) => Gaps.Any(gap =>
        (!gap.IsHealed && gap.IsOpenFor($"{thread.Id}", $"{thread.ParentId}"))
        || ((thread.Deleted || thread.ParentDeleted) && (thread.CreatedAt is not { } created || created.UtcDateTime <= gap.To)));

    /// <summary>
    /// A channel that was made and deleted in a gap leaves no trace; of one that was deleted in it, nobody tells where it was moved before.
    /// </summary>
    private bool Admits(LedgerChannel channel, Difference difference)
    {
        var created = SimSnowflake.TimeOf(channel.Id);

        return channel.Deleted && Gaps.Any(gap => difference.Text.StartsWith("missing", StringComparison.Ordinal)
            ? gap.Covers(created, Margin)
            : created.UtcDateTime <= gap.To && difference.Text.Contains("deleted t; it should be", StringComparison.Ordinal));
    }

    private static bool IsOpen(CoverageGap gap, LedgerMessage message) =>
        !gap.IsHealed && gap.IsOpenFor($"{message.ThreadId ?? message.ChannelId}", $"{message.ChannelId}");

    /// <summary>Its channel or thread was deleted: its history can be read no more.</summary>
    private bool IsGone(LedgerMessage message) =>
        _channels.TryGetValue($"{message.ChannelId}", out var channel) && channel.Deleted
        || (message.ThreadId is { } id && _threads.TryGetValue($"{id}", out var thread) && (thread.Deleted || thread.ParentDeleted));
}

/// <summary>A gap of the ledger, times in UTC.</summary>
/// <param name="CheckedFrom">Older messages were not compared with Discord's history.</param>
/// <param name="Listed">Channels and threads that are to be fetched, or were.</param>
/// <param name="Open">Those of them that are not complete.</param>
/// <param name="Reasons">Why not.</param>
public sealed record CoverageGap(
    DateTime From,
    DateTime To,
    bool IsHealed,
    bool IsPlanned,
    bool HasMembers,
    DateTime? CheckedFrom,
    IReadOnlySet<string> Listed,
    IReadOnlySet<string> Open,
    IReadOnlyList<string> Reasons)
{
    public bool Covers(DateTimeOffset at, TimeSpan margin) => at.UtcDateTime >= From - margin && at.UtcDateTime - margin <= To;

    /// <summary>Of a channel itself, both are the same.</summary>
    public bool IsOpenFor(string channelOrThread, string parent) =>
        !IsPlanned || (Listed.Contains(channelOrThread) ? Open.Contains(channelOrThread) : Open.Contains(parent));
}
