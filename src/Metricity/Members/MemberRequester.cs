using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Ownership;
using Microsoft.Extensions.Logging;

namespace Metricity.Members;

/// <summary>Asks the gateway for members, after it was noted in the database that it is asked.</summary>
internal sealed partial class MemberRequester(
    GatewayClient gateway, StateStore state, TimeProvider time, ILogger<MemberRequester> logger)
{
    /// <inheritdoc cref="RequestMembers"/>
    public async ValueTask<bool> TryRequestMembersAsync(Snowflake guildId, string nonce, CancellationToken cancellationToken)
    {
        if (!gateway.Status.Ready)
        {
            return false;
        }

        await RecordAsync(guildId, cancellationToken);
        try
        {
            await gateway.RequestMembersAsync(guildId.Value, nonce, cancellationToken);

            return true;
        }
        catch (GatewayNotConnectedException)
        {
            return false;
        }
    }

    /// <summary>Before asking: the next start must keep Discord's window of 30 s even when this one dies right after it.</summary>
    private async Task RecordAsync(Snowflake guildId, CancellationToken cancellationToken)
    {
        try
        {
            await state.RecordMembersRequestedAsync(guildId, time.GetUtcNow(), cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            LogNotRecorded(guildId, e.Message);
        }
    }

    [LoggerMessage(LogEvents.Members.RequestNotRecorded, LogLevel.Warning,
        "The request for the members of guild {GuildId} could not be noted ({Reason}); a restart within 30 s has to wait for Discord")]
    private partial void LogNotRecorded(Snowflake guildId, string reason);
}
