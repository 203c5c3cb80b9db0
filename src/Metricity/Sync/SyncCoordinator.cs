using System.Threading.Channels;
using Metricity.Events;
using Metricity.Ingest;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Sync;

/// <summary>
/// Runs the sync of every guild and asks Discord about channels: those a snapshot did not list, and those only a message names.
/// </summary>
/// <param name="unsynced">Guilds that no earlier run of the program synced to the end.</param>
internal sealed partial class SyncCoordinator(
    IReadOnlyDictionary<Snowflake, GuildSync> guilds,
    IReadOnlySet<Snowflake> unsynced,
    DiscordRest rest,
    TimeProvider time,
    ILogger<SyncCoordinator> logger) : IEventTap, IUnlistedChannels, IChannelLookup
{
    /// <summary>The writer waits for a lookup, and so do all events behind it: an outage of REST must not stop the collecting.</summary>
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(10);

    /// <summary>After a lookup that took too long there is none for this time, so that each one does not cost the limit again.</summary>
    private static readonly TimeSpan LookupPause = TimeSpan.FromMinutes(1);

    private readonly Channel<(Snowflake Guild, IReadOnlyList<Snowflake> Channels)> _unlisted =
        Channel.CreateUnbounded<(Snowflake, IReadOnlyList<Snowflake>)>();

    private long? _lookupGivenUpAt;

    public DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then)
    {
        then = null;
        if (@event is GuildEvent guildEvent)
        {
            return guilds[guildEvent.GuildId].Pass(@event, out then);
        }

        if (@event is SessionStarted)
        {
            foreach (var guild in guilds.Values)
            {
                guild.Pass(@event, out _);
            }
        }

        if (@event is SessionResumed)
        {
            foreach (var guildId in unsynced)
            {
                guilds[guildId].BeginByRest();
            }
        }

        if (@event is SessionStarted or SessionResumed)
        {
            unsynced = new HashSet<Snowflake>();
        }

        return @event;
    }

    /// <summary>What was lost may have been joins, leaves, channels and threads: everything is compared anew.</summary>
    public void NoteMissing()
    {
        foreach (var guild in guilds.Values)
        {
            guild.BeginByRest();
        }
    }

    public void Found(Snowflake guildId, IReadOnlyList<Snowflake> channelIds) => _unlisted.Writer.TryWrite((guildId, channelIds));

    public async Task<(ChannelFacts? Channel, ThreadFacts? Thread)> FindAsync(
        Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken)
    {
        if (_lookupGivenUpAt is { } at && time.GetElapsedTime(at) < LookupPause)
        {
            return (null, null);
        }

        using var limit = new CancellationTokenSource(LookupLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var found = await rest.GetChannelAsync(channelId, either.Token);

            return (found.Channel, found.Thread);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _lookupGivenUpAt = time.GetTimestamp();
            LogLookupFailed(logger, channelId, $"Discord gave no answer within {LookupLimit.TotalSeconds:0} s.");

            return (null, null);
        }
        catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
        {
            LogLookupFailed(logger, channelId, e.Message);

            return (null, null);
        }
    }

    /// <summary>Runs until cancelled. When it ends, nothing of it runs on.</summary>
    public async Task RunAsync(EventIntake intake, CancellationToken cancellationToken)
    {
        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loops = guilds.Values.Select(guild => guild.RunAsync(intake, running.Token)).ToList();
        loops.Add(CheckUnlistedAsync(intake, running.Token));

        await Task.WhenAny(loops);
        await running.CancelAsync();
        await Task.WhenAll(loops);
    }

    private async Task CheckUnlistedAsync(EventIntake intake, CancellationToken cancellationToken)
    {
        await foreach (var (guildId, channelIds) in _unlisted.Reader.ReadAllAsync(cancellationToken))
        {
            foreach (var channelId in channelIds)
            {
                await CheckAsync(intake, guildId, channelId, cancellationToken);
            }
        }
    }

    private async Task CheckAsync(EventIntake intake, Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken)
    {
        try
        {
            if ((await rest.GetChannelAsync(channelId, cancellationToken)).Channel is { } channel)
            {
                await intake.InjectAsync(new ChannelChanged(guildId, channel), cancellationToken);
            }
        }
        catch (DiscordRestException e) when (e.IsUnknown)
        {
            LogChannelGone(logger, channelId);
            await intake.InjectAsync(new ChannelDeleted(guildId, channelId, ChannelType.Text), cancellationToken);
        }
        catch (Exception e) when (e is DiscordRestException or DiscordUnavailableException)
        {
            // Hidden from the bot, or no answer: either way no proof that it is gone.
            LogLookupFailed(logger, channelId, e.Message);
        }
    }

    [LoggerMessage(SyncLogEvents.ChannelGone, LogLevel.Information, "Discord no longer knows channel {ChannelId}: it was deleted unseen")]
    private static partial void LogChannelGone(ILogger logger, Snowflake channelId);

    [LoggerMessage(SyncLogEvents.LookupFailed, LogLevel.Warning, "Channel {ChannelId} cannot be looked up: {Reason} What is stored of it stays")]
    private static partial void LogLookupFailed(ILogger logger, Snowflake channelId, string reason);
}
