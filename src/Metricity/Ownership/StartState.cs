using Metricity.Events;
using Metricity.Gateway;

namespace Metricity.Ownership;

/// <summary>What the database knew when this process took over the shard.</summary>
/// <param name="Position">Where to RESUME; null when there is no session to resume.</param>
/// <param name="UnsyncedGuilds">Guilds whose member list was never compared to the end: a sync that a RESUME would not repeat.</param>
/// <param name="MembersRequestedAt">When each guild's member list was last asked for (UTC); guilds never asked for are not in it.</param>
internal sealed record StartState(
    GatewayPosition? Position,
    IReadOnlySet<Snowflake> UnsyncedGuilds,
    IReadOnlyDictionary<Snowflake, DateTimeOffset> MembersRequestedAt);
