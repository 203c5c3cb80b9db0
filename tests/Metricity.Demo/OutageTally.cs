using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.Demo;

/// <summary>What happened in a guild between two moments, and how much of it the tables hold now.</summary>
internal sealed class OutageTally
{
    private const string NotListed = "of people who came and went meanwhile: no list has ever held them";

    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    private readonly Dictionary<(string Table, string Id), Difference> _differences;
    private readonly CoverageLedger _ledger;
    private readonly Dictionary<ulong, LedgerUser> _usersNow;
    private readonly ILookup<string, MemberEvent> _events;
    private readonly List<string> _lines = [];
    private readonly List<string> _wrong = [];

    /// <param name="before">The truth when collecting ended.</param>
    /// <param name="after">The truth when it began again.</param>
    /// <param name="now">The truth that the tables were compared with.</param>
    public OutageTally(
        SimLedger before,
        SimLedger after,
        SimLedger now,
        IReadOnlyList<Difference> differences,
        CoverageLedger ledger,
        IReadOnlyList<MemberEvent> events)
    {
        _ledger = ledger;
        _differences = differences.ToDictionary(difference => (difference.Table, difference.Id));
        _usersNow = now.Users.ToDictionary(user => user.Id);
        _events = events.ToLookup(row => row.UserId);
        CountMessages(before, after);
        CountThreads(before, after);
        CountMembers(before, after);
    }

    /// <summary>One sentence for each kind of thing.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Joins and leaves that should be in the tables and are not; the rest is for the comparison to say.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    private void CountMessages(SimLedger before, SimLedger after)
    {
        var known = before.Messages.ToDictionary(message => message.Id);
        var messages = after.Messages.Where(Comparison.IsCollected).ToList();
        var written = messages.Where(message => !known.ContainsKey(message.Id));
        Count("messages were written", "messages", written.Select(message => message.Id));
        var older = messages.Where(message => known.ContainsKey(message.Id)).ToList();
        var deleted = older.Where(message => message.IsDeleted && !known[message.Id].IsDeleted);
        var edited = older.Where(message => message.EditedAt != known[message.Id].EditedAt);
        Count("older messages were deleted", "messages", deleted.Select(message => message.Id), IsStoredAsGone);
        Count("older messages were edited", "messages", edited.Select(message => message.Id));
    }

    private void CountThreads(SimLedger before, SimLedger after)
    {
        var known = before.Threads.ToDictionary(thread => thread.Id);
        var threads = after.Threads.Where(thread => thread.EverVisible).ToList();
        var older = threads.Where(thread => known.ContainsKey(thread.Id)).ToList();
        var opened = threads.Where(thread => !known.ContainsKey(thread.Id));
        var archived = older.Where(thread => thread.Archived && !known[thread.Id].Archived);
        Count("threads were opened", "threads", opened.Select(thread => thread.Id));
        Count("older threads were archived", "threads", archived.Select(thread => thread.Id));
        var gone = older.Where(thread => IsGone(thread) && !IsGone(known[thread.Id])).ToList();
        Count("older threads were deleted", "threads", gone.Select(thread => thread.Id), IsStoredAsGone);

        static bool IsGone(LedgerThread thread) => thread.Deleted || thread.ParentDeleted;
    }

    /// <summary>What became of it shortly before may differ.</summary>
    private static bool IsStoredAsGone(Difference difference) => difference.Stored?.EndsWith("deleted t", StringComparison.Ordinal) == true;

    private void CountMembers(SimLedger before, SimLedger after)
    {
        var known = before.Users.ToDictionary(user => user.Id);
        var joined = after.Users
            .Where(user => user.JoinedAt is not null && user.JoinedAt != known.GetValueOrDefault(user.Id)?.JoinedAt)
            .ToList();
        var left = after.Users
            .Where(user => known.TryGetValue(user.Id, out var old) && old.InGuild && (!user.InGuild || user.JoinedAt != old.JoinedAt))
            .ToList();
        foreach (var user in joined.Where(user => !HasJoin(user) && IsStillThere(user)))
        {
            _wrong.Add($"member_events {user.Id}: no join at {user.JoinedAt:u}");
        }

        foreach (var user in left.Where(user => user.LeftAt is { } at && at == _usersNow[user.Id].LeftAt && !HasLeave(user)))
        {
            _wrong.Add($"member_events {user.Id}: no leave of a time around {user.LeftAt:u}");
        }

        SayHealed("times somebody joined", after.Counters.Joins - before.Counters.Joins, joined.Count(HasJoin));
        SayHealed("times somebody left", after.Counters.Leaves - before.Counters.Leaves, left.Count(HasLeave));

        void SayHealed(string what, long happened, int healed) =>
            Say(what, happened, healed == happened ? [] : new() { [NotListed] = (int)(happened - healed) });
    }

    private bool IsStillThere(LedgerUser user) => _usersNow[user.Id] is { InGuild: true } now && now.JoinedAt == user.JoinedAt;

    private bool HasJoin(LedgerUser user) =>
        _events[$"{user.Id}"].Any(row => !row.IsLeave && (row.At - user.JoinedAt!.Value.UtcDateTime).Duration() < Rounding);

    /// <summary>Of one who is back nobody knows any more when it was.</summary>
    private bool HasLeave(LedgerUser user) => _events[$"{user.Id}"].Any(row => row.IsLeave
        && (user.LeftAt is not { } at || (row.Earliest <= at.UtcDateTime && at.UtcDateTime <= row.Latest)));

    /// <param name="isHealed">Whether a row that differs counts as healed all the same; null = never.</param>
    private void Count(string what, string table, IEnumerable<ulong> ids, Func<Difference, bool>? isHealed = null)
    {
        var all = ids.ToList();
        var lost = all
            .Select(id => _differences.GetValueOrDefault((table, $"{id}")))
            .OfType<Difference>()
            .Where(difference => isHealed?.Invoke(difference) != true)
            .GroupBy(difference => _ledger.WhyAdmitted(difference) ?? "and the ledger does not tell why")
            .ToDictionary(reason => reason.Key, reason => reason.Count());
        Say(what, all.Count, lost);
    }

    private void Say(string what, long happened, Dictionary<string, int> lost)
    {
        var reasons = lost.OrderByDescending(reason => reason.Value).Select(reason => $"{reason.Value} ({reason.Key})");
        _lines.Add($"{happened} {what}: {happened - lost.Values.Sum()} healed"
            + (lost.Count == 0 ? "" : "; cannot be had any more: " + string.Join(", ", reasons)));
    }
}
