using Metricity.Events;

namespace Metricity.Tables;

/// <summary>
/// What the store remembers of one guild's tables, so that the steady stream of messages needs one statement. What it says is changed
/// after commits only.
/// </summary>
internal sealed class StoredRows
{
    /// <summary>A bound on memory (about 24 MB a guild), not on users: beyond it the set starts anew.</summary>
    private const int MaxKnownUsers = 1_000_000;

    private readonly HashSet<Snowflake> _knownUsers = [];

    /// <summary>Deletes that came before their message, and when; the same rows as in <c>message_tombstones</c>.</summary>
    public Dictionary<Snowflake, DateTime> Tombstones { get; } = [];

    /// <summary>When the tombstones are pruned and loaded next, UTC; at once when a guild is new to the store.</summary>
    public DateTime NextPruneAt { get; set; }

    public bool KnowsUser(Snowflake id) => _knownUsers.Contains(id);

    public void AddUsers(IEnumerable<Snowflake> stored)
    {
        foreach (var id in stored)
        {
            if (_knownUsers.Count >= MaxKnownUsers)
            {
                _knownUsers.Clear();
            }

            _knownUsers.Add(id);
        }
    }

    /// <summary>Something that was thought to be stored is not.</summary>
    public void ForgetUsers() => _knownUsers.Clear();
}
