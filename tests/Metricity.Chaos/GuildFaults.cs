using Metricity.DiscordSimulator;

namespace Metricity.Chaos;

/// <summary>What can happen to a guild so that the bot sees less of it for a while.</summary>
internal static class GuildFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(Lane.Guild, "guild unavailable", 2, OutageAsync, LosesEvents: true),
        new(Lane.Guild, "channel hidden", 2, (bed, random, stop) => DenyAsync(bed, (g, c) => g.Hide(c), random, stop), LosesEvents: true),
        new(Lane.Guild, "history hidden", 2, (bed, random, stop) => DenyAsync(bed, (g, c) => g.HideHistory(c), random, stop), LosesEvents: true),
        new(Lane.Guild, "channel hidden without a word", 1, (bed, random, stop) =>
            DenyAsync(bed, (g, c) => g.HideSilently(c), random, stop), LosesEvents: true),
    ];

    private static async Task<bool> OutageAsync(Bed bed, Random random, CancellationToken stop)
    {
        var guild = bed.Guilds[random.Next(bed.Guilds.Count)].Guild;
        guild.SetUnavailable(true);
        await Bed.PauseAsync(random, 0.2, 5, stop);
        guild.SetUnavailable(false);

        return true;
    }

    private static async Task<bool> DenyAsync(Bed bed, Action<SimGuild, SimChannel> deny, Random random, CancellationToken stop)
    {
        var guild = bed.Guilds[random.Next(bed.Guilds.Count)].Guild;
        var channels = guild.Channels;
        var channel = channels[random.Next(Math.Min(8, channels.Count))];
        deny(guild, channel);
        await Bed.PauseAsync(random, 0.5, 10, stop);
        guild.Unhide(channel);

        return true;
    }
}
