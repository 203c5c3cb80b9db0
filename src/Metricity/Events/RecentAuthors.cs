namespace Metricity.Events;

/// <summary>
/// Gives the same <see cref="UserFacts"/> again to an author of whom nothing has changed: nearly half of what a message would allocate, and
/// a queue full of messages holds each author once. A cache with one place for each hash of the id; may be used by several threads, for the
/// records are immutable and compared before they are given out.
/// </summary>
internal sealed class RecentAuthors
{
    private const int SlotBits = 12;

    /// <summary>2^64 divided by the golden ratio: spreads ids made at the same time.</summary>
    private const ulong HashFactor = 0x9E37_79B9_7F4A_7C15;

    private readonly UserFacts?[] _slots = new UserFacts?[1 << SlotBits];

    /// <inheritdoc cref="UserFields.ToFacts"/>
    public UserFacts Get(UserFields user, MemberFields? member)
    {
        var slot = (int)(user.Id.Value * HashFactor >> (64 - SlotBits));
        if (_slots[slot] is { } known && IsSame(known, user, member))
        {
            return known;
        }

        var facts = user.ToFacts(member);
        _slots[slot] = facts;

        return facts;
    }

    private static bool IsSame(UserFacts known, UserFields user, MemberFields? member) =>
        known.Id == user.Id
        && known.Name == user.Name
        && known.AvatarHash == user.AvatarHash
        && known.IsBot == user.IsBot
        && known.PublicFlags == user.PublicFlags
        && known.IsMember == member.HasValue
        && known.GuildAvatarHash == member?.AvatarHash
        && known.JoinedAt == member?.JoinedAt
        && known.Pending == member?.Pending
        && known.IsStaff == (member?.IsStaff ?? false);
}
