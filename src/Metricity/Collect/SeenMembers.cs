using Metricity.Events;

namespace Metricity.Collect;

/// <summary>
/// Who was seen since a guild's snapshot began a member list, and whom a live event has told of: it is newer than any chunk, which may have
/// been made before. Owned by the writer's loop, which sees everything in order; not thread safe.
/// </summary>
internal sealed class SeenMembers
{
    private readonly HashSet<Snowflake> _touched = [];
    private HashSet<Snowflake> _seen = [];
    private GuildAvailable? _since;

    /// <summary>A list begins anew: what was seen and touched before says nothing any more. Whom the snapshot names is seen.</summary>
    public void Begin(GuildAvailable snapshot)
    {
        _since = snapshot;
        _touched.Clear();
        _seen.Clear();
        _seen.UnionWith(snapshot.Members.Select(member => member.Id));
    }

    /// <summary>A live event told of this user.</summary>
    public void Touch(Snowflake userId, bool isMember)
    {
        if (_since is null)
        {
            return;
        }

        _touched.Add(userId);
        if (isMember)
        {
            _seen.Add(userId);
        }
        else
        {
            _seen.Remove(userId);
        }
    }

    /// <summary>A chunk lists this member. False when what it says is older than a live event.</summary>
    public bool Take(Snowflake userId)
    {
        if (_since is null)
        {
            return true;
        }

        if (_touched.Contains(userId))
        {
            return false;
        }

        _seen.Add(userId);

        return true;
    }

    /// <summary>Everybody who was seen, when the list is complete; null when nothing follows from it.</summary>
    public IReadOnlyCollection<Snowflake>? End(MembersSynced end)
    {
        if (!ReferenceEquals(end.Since, _since))
        {
            return null;
        }

        var seen = _seen;
        _seen = []; // given away, not copied
        _touched.Clear();
        _since = null;

        return end.IsComplete ? seen : null;
    }
}
