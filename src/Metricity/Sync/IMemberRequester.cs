using Metricity.Events;

namespace Metricity.Sync;

/// <summary>Asks the gateway for a guild's member list (op 8). The wiring gives the gateway client; the answer comes as dispatches.</summary>
internal interface IMemberRequester
{
    /// <summary>False when there is no live session to ask on.</summary>
    ValueTask<bool> TryRequestMembersAsync(Snowflake guildId, string nonce, CancellationToken cancellationToken);
}
