using Metricity.Events;

namespace Metricity.Rest;

/// <summary>GET /applications/@me.</summary>
/// <param name="Flags">Docs, "Application: Application Flags".</param>
internal sealed record CurrentApplication(Snowflake Id, long Flags)
{
    /// <summary>Bit 14, or bit 15 for an application that is in few guilds and needs no review.</summary>
    public bool HasMembersIntent => (Flags & (1L << 14 | 1L << 15)) != 0;

    /// <summary>Bits 18 and 19. Metricity does not want it: without it Discord sends no content over REST.</summary>
    public bool HasMessageContentIntent => (Flags & (1L << 18 | 1L << 19)) != 0;
}

/// <summary>GET /guilds/{guild}: what permissions are computed from.</summary>
/// <param name="MemberCount">Discord's approximation; null when it gave none.</param>
internal sealed record GuildInfo(Snowflake Id, Snowflake OwnerId, int? MemberCount, IReadOnlyList<Role> Roles);

/// <param name="Id">Of the role @everyone: the guild's id.</param>
/// <param name="Permissions">Bits, as in <see cref="ChannelPermissions"/>.</param>
internal readonly record struct Role(Snowflake Id, ulong Permissions);

/// <summary>What a channel allows and denies to one role or one member.</summary>
/// <param name="Id">Of the role or of the user.</param>
internal readonly record struct Overwrite(Snowflake Id, bool IsMember, ulong Allow, ulong Deny);

/// <summary>A channel with what decides who may read it.</summary>
internal sealed record RestChannel(ChannelFacts Facts, IReadOnlyList<Overwrite> Overwrites);

/// <summary>A member with what decides what they may do.</summary>
/// <param name="RoleIds">Without @everyone.</param>
/// <param name="TimedOutUntil">UTC; may lie in the past.</param>
internal sealed record RestMember(UserFacts User, IReadOnlyList<Snowflake> RoleIds, DateTime? TimedOutUntil);

/// <summary>What an id of GET /channels/{channel} turned out to be: one of the two is not null.</summary>
/// <param name="GuildId">Null for a direct message.</param>
internal sealed record ChannelOrThread(Snowflake? GuildId, ChannelFacts? Channel, ThreadFacts? Thread);

/// <summary>One page of a list.</summary>
/// <param name="Received">
/// How many Discord sent, those included that could not be read: a short page is one with fewer of these than were asked for.
/// </param>
internal sealed record RestPage<T>(IReadOnlyList<T> Items, int Received);
