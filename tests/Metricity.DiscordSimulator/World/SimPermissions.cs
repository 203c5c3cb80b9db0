namespace Metricity.DiscordSimulator;

/// <summary>The permission bits that decide what a collector sees.</summary>
public static class SimPermissions
{
    public const ulong Administrator = 1UL << 3;
    public const ulong View = 1UL << 10;
    public const ulong Send = 1UL << 11;
    public const ulong History = 1UL << 16;
    public const ulong Connect = 1UL << 20;
    public const ulong ManageThreads = 1UL << 34;

    internal const ulong All = ulong.MaxValue >> 1;

    /// <summary>Channel permissions of a member: base, then overwrites for @everyone, the roles together, the member.</summary>
    internal static ulong Compute(SimMember member, SimChannel? channel)
    {
        var guild = member.Guild;
        if (guild.OwnerId == member.Id)
        {
            return All;
        }

        var everyone = guild.FindRole(guild.Id);
        var result = everyone?.Permissions ?? 0;
        foreach (var role in member.Roles)
        {
            result |= guild.FindRole(role)?.Permissions ?? 0;
        }

        if ((result & Administrator) != 0)
        {
            return All;
        }

        if (channel is not null)
        {
            result = Apply(result, channel.Overwrites, member);
        }

        return (result & View) == 0 && channel is not null ? 0 : result;
    }

    private static ulong Apply(ulong permissions, IReadOnlyList<SimOverwrite> overwrites, SimMember member)
    {
        ulong roleAllow = 0, roleDeny = 0, ownAllow = 0, ownDeny = 0;
        foreach (var overwrite in overwrites)
        {
            if (overwrite.Id == member.Guild.Id && !overwrite.IsMember)
            {
                permissions = (permissions & ~overwrite.Deny) | overwrite.Allow;
            }
            else if (overwrite.IsMember && overwrite.Id == member.Id)
            {
                ownAllow |= overwrite.Allow;
                ownDeny |= overwrite.Deny;
            }
            else if (!overwrite.IsMember && member.Roles.Contains(overwrite.Id))
            {
                roleAllow |= overwrite.Allow;
                roleDeny |= overwrite.Deny;
            }
        }

        permissions = (permissions & ~roleDeny) | roleAllow;
        return (permissions & ~ownDeny) | ownAllow;
    }
}
