using System.Threading.Channels;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// Asks Discord about channels beside the log: those that only a message names, and those that a guild's snapshot did not list. The answer
/// is queued as an event of its own; until it comes nothing waits for it.
/// </summary>
internal sealed partial class ChannelLookup(DiscordRest rest, TimeProvider time, ILogger<ChannelLookup> logger)
{
    private static readonly TimeSpan RetryLater = TimeSpan.FromMinutes(5);

    private readonly Channel<(Snowflake GuildId, Snowflake ChannelId)> _asked = Channel.CreateUnbounded<(Snowflake, Snowflake)>();

    /// <summary>Any thread. A channel is asked about once at a time; the builder of the guild's changes sees to that.</summary>
    public void Ask(Snowflake guildId, IEnumerable<Snowflake> channelIds)
    {
        foreach (var channelId in channelIds)
        {
            _asked.Writer.TryWrite((guildId, channelId));
        }
    }

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(EventQueue queue, CancellationToken cancellationToken)
    {
        await foreach (var (guildId, channelId) in _asked.Reader.ReadAllAsync(cancellationToken))
        {
            if (await FindAsync(guildId, channelId, cancellationToken) is { } answer)
            {
                await queue.InjectAsync(answer, cancellationToken);
            }
            else
            {
                _ = AskLaterAsync(guildId, channelId, cancellationToken);
            }
        }
    }

    /// <summary>Null when Discord cannot be asked now.</summary>
    public async Task<ChannelLookedUp?> FindAsync(Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken)
    {
        try
        {
            var found = await rest.GetChannelAsync(channelId, cancellationToken);

            return new ChannelLookedUp(guildId, channelId, found.Channel, found.Thread);
        }
        catch (DiscordRestException e) when (e.IsUnknown)
        {
            LogChannelGone(channelId);

            return new ChannelLookedUp(guildId, channelId, IsGone: true);
        }
        catch (DiscordRestException e)
        {
            // Hidden from the bot: no proof that it is gone.
            LogLookupFailed(channelId, e.Message);

            return new ChannelLookedUp(guildId, channelId);
        }
        catch (DiscordUnavailableException e)
        {
            LogLookupFailed(channelId, e.Message);

            return null;
        }
    }

    private async Task AskLaterAsync(Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(RetryLater, time, cancellationToken);
            Ask(guildId, [channelId]);
        }
        catch (OperationCanceledException)
        {
            // The stand-in is stored: the next start asks.
        }
    }

    [LoggerMessage(LogEvents.Collect.ChannelGone, LogLevel.Information, "Discord no longer knows channel {ChannelId}: it was deleted unseen")]
    private partial void LogChannelGone(Snowflake channelId);

    [LoggerMessage(LogEvents.Collect.LookupFailed, LogLevel.Warning,
        "Channel {ChannelId} cannot be looked up: {Reason} What is stored of it stays")]
    private partial void LogLookupFailed(Snowflake channelId, string reason);
}
