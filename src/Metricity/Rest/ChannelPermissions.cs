using Metricity.Events;

namespace Metricity.Rest;

/// <summary>What a member may do in a channel (docs, "Permissions: Permission Hierarchy"). Pure functions.</summary>
internal static class ChannelPermissions
{
    public const ulong Administrator = 1UL << 3;
    public const ulong ViewChannel = 1UL << 10;
    public const ulong ReadMessageHistory = 1UL << 16;
    public const ulong Connect = 1UL << 20;
    public const ulong ManageThreads = 1UL << 34;

    /// <summary>What a member keeps in a time-out (docs, "Permissions: Permissions For Timed Out Members").</summary>
    private const ulong KeptInTimeOut = ViewChannel | ReadMessageHistory;

    /// <summary>
    /// The permissions of a member in a channel; for a thread give the overwrites of its parent, and mind that a private thread also asks
    /// for membership or <see cref="ManageThreads"/>. Zero without View Channel: nothing else counts then.
    /// </summary>
    /// <param name="overwrites">The channel's own; a category's do not count, synced channels hold copies.</param>
    /// <param name="now">UTC; decides whether a time-out is over.</param>
    public static ulong Compute(GuildInfo guild, RestMember member, IReadOnlyList<Overwrite> overwrites, DateTime now)
    {
        var permissions = guild.Roles
            .Where(role => role.Id == guild.Id || member.RoleIds.Contains(role.Id))
            .Aggregate(0UL, static (sum, role) => sum | role.Permissions);

        if (member.User.Id == guild.OwnerId || Has(permissions, Administrator))
        {
            return ulong.MaxValue;
        }

        var roles = overwrites.Where(overwrite => !overwrite.IsMember && overwrite.Id != guild.Id && member.RoleIds.Contains(overwrite.Id));
        permissions = Apply(permissions, overwrites.Where(overwrite => !overwrite.IsMember && overwrite.Id == guild.Id));
        permissions = Apply(permissions, roles);
        permissions = Apply(permissions, overwrites.Where(overwrite => overwrite.IsMember && overwrite.Id == member.User.Id));

        if (!CanView(permissions))
        {
            return 0;
        }

        return member.TimedOutUntil > now ? permissions & KeptInTimeOut : permissions;
    }

    public static bool CanView(ulong permissions) => Has(permissions, ViewChannel);

    /// <summary>Whether an empty page of messages means that there are none. Voice and stage channels ask for Connect as well.</summary>
    public static bool CanReadHistory(ulong permissions, ChannelType type) =>
        Has(permissions, ViewChannel | ReadMessageHistory) && (type.Value is not (2 or 13) || Has(permissions, Connect));

    public static bool Has(ulong permissions, ulong wanted) => (permissions & wanted) == wanted;

    private static ulong Apply(ulong permissions, IEnumerable<Overwrite> overwrites)
    {
        var (allow, deny) = overwrites.Aggregate(
            (Allow: 0UL, Deny: 0UL),
            static (sum, overwrite) => (sum.Allow | overwrite.Allow, sum.Deny | overwrite.Deny));

        return (permissions & ~deny) | allow;
    }
}
