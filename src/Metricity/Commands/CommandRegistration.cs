using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Commands;

/// <summary>Registers <c>/metricity status</c> in each guild at the start: making it again changes nothing. Collecting goes on without it.</summary>
/// <param name="guilds">With whether the settings name a staff role, whose holders must see the command.</param>
internal sealed partial class CommandRegistration(
    IReadOnlyList<(Snowflake Id, bool HasStaffRole)> guilds,
    DiscordRest rest,
    InteractionRest interactions,
    TimeProvider time,
    ILogger<CommandRegistration> logger)
{
    private const int MissingAccess = 50001;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(1);

    /// <summary>Until each guild has it or refuses it, or it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (guildId, hasStaffRole) in guilds)
            {
                while (!await TryRegisterAsync(guildId, hasStaffRole, cancellationToken))
                {
                    await Task.Delay(RetryDelay, time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The collector stops.
        }
        catch (DiscordRefusedException e)
        {
            // The gateway is refused the same token and says so.
            LogLater(e.Message, TimeSpan.Zero);
        }
    }

    /// <summary>False when it is worth another try.</summary>
    private async Task<bool> TryRegisterAsync(Snowflake guildId, bool hasStaffRole, CancellationToken cancellationToken)
    {
        try
        {
            var application = await rest.GetCurrentApplicationAsync(cancellationToken);
            await interactions.RegisterAsync(application.Id, guildId, hasStaffRole, cancellationToken);
            LogRegistered(guildId);

            return true;
        }
        catch (DiscordRestException e) when (e.Code == MissingAccess)
        {
            LogNoScope(guildId);

            return true;
        }
        catch (DiscordRestException e) when (e.Status is not 429 and < 500)
        {
            LogRefused(guildId, e.Message);

            return true;
        }
        catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
        {
            LogLater(e.Message, RetryDelay);

            return false;
        }
    }

    [LoggerMessage(LogEvents.Commands.Registered, LogLevel.Information, "/metricity status is registered in guild {GuildId}")]
    private partial void LogRegistered(Snowflake guildId);

    [LoggerMessage(LogEvents.Commands.WithoutScope, LogLevel.Warning,
        "/metricity status could not be registered in guild {GuildId}: the bot was invited without the scope applications.commands. Invite it "
        + "again with the link in the README; nothing else changes")]
    private partial void LogNoScope(Snowflake guildId);

    [LoggerMessage(LogEvents.Commands.Refused, LogLevel.Warning,
        "/metricity status could not be registered in guild {GuildId}: {Reason} The next start tries again")]
    private partial void LogRefused(Snowflake guildId, string reason);

    [LoggerMessage(LogEvents.Commands.Later, LogLevel.Warning, "/metricity status could not be registered: {Reason} Trying again in {Delay}")]
    private partial void LogLater(string reason, TimeSpan delay);
}
