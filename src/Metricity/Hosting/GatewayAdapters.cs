using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Members;
using Metricity.Ownership;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>Gives the gateway its address and budget from REST. Stages do not know each other; the wiring does.</summary>
internal sealed class RestGatewayDirectory(DiscordRest rest) : IGatewayDirectory
{
    private const int TokenRefused = 4004;

    public async Task<GatewayBotInfo> GetGatewayBotAsync(CancellationToken cancellationToken)
    {
        try
        {
            var bot = await rest.GetGatewayBotAsync(cancellationToken);

            return new GatewayBotInfo(
                bot.Url, bot.Shards, bot.IdentifyTotal, bot.IdentifyRemaining, bot.IdentifyResetAfter, bot.MaxConcurrency);
        }
        catch (DiscordRefusedException e)
        {
            throw new GatewayRefusedException(TokenRefused, e.Message);
        }
    }
}

/// <summary>Gives the gateway leave to IDENTIFY from the database, which all processes share.</summary>
internal sealed class StoredIdentifyPermit(IdentifyStore store) : IIdentifyPermit
{
    public async Task<TimeSpan> AskAsync(GatewayBotInfo info, bool take, CancellationToken cancellationToken)
    {
        try
        {
            return await store.AskAsync(
                new IdentifyBudget(info.IdentifyTotal, info.IdentifyRemaining, info.IdentifyResetAfter, info.MaxConcurrency),
                take,
                cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            throw new IdentifyPermitException(e.Message);
        }
    }
}

/// <summary>Gives the guild sync a way to ask the gateway for members.</summary>
internal sealed partial class GatewayMemberRequester(
    GatewayClient gateway, GuildStore guilds, TimeProvider time, ILogger<GatewayMemberRequester> logger)
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
            await guilds.RecordMembersRequestedAsync(guildId, time.GetUtcNow(), cancellationToken);
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
