namespace Metricity.DiscordSimulator.Seed;

/// <summary>How large a seeded guild is, and over which time. The same options give the same rows.</summary>
public sealed record GuildSeedOptions
{
    /// <summary>Discord's limit is 500 channels with categories; a tenth of ours are categories.</summary>
    public const int MaxChannels = 450;

    /// <summary>Room for one channel of each kind.</summary>
    public const int MinChannels = 10;

    /// <summary>Room for an owner, somebody who answers, and two spam waves.</summary>
    public const int MinUsers = 20;

    /// <summary>Messages in channels and threads together, deleted ones included.</summary>
    public long Messages { get; init; } = 100_000;

    /// <summary>Length of the time that was collected, in days of 24 hours.</summary>
    public int Days { get; init; } = 365;

    /// <summary>Members, past members and spammers. Default: one for each 100 messages, at least 50.</summary>
    public int? Users { get; init; }

    /// <summary>Channels without categories, 10 to 450. Default 40.</summary>
    public int Channels { get; init; } = 40;

    /// <summary>Threads and forum posts. Default: one for each 200 messages.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Gaps in the coverage. The first and every other one is open: nothing is stored of it. The others are healed. The third is of one
    /// channel. Default 0.
    /// </summary>
    public int Gaps { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>End of the collected time, UTC.</summary>
    public required DateTime Until { get; init; }

    public ulong GuildId { get; init; } = 267_624_335_836_053_506;

    public DateTime Since => Until.AddDays(-Days);

    public int UserCount => Users ?? (int)Math.Clamp(Messages / 100, 50, 1_000_000);

    public int ThreadCount => Threads ?? (int)Math.Min(Messages / 200, 1_000_000);

    /// <exception cref="SeedException">A number that no guild can be made of.</exception>
    internal void Check()
    {
        Require(Messages >= 0, "--messages must not be negative");
        Require(Days is >= 1 and <= 3_000, "--days must be 1 to 3000");
        Require(UserCount >= MinUsers, $"--users must be at least {MinUsers}");
        Require(Channels is >= MinChannels and <= MaxChannels, $"--channels must be {MinChannels} to {MaxChannels}");
        Require(ThreadCount >= 0, "--threads must not be negative");
        Require(Gaps >= 0 && Gaps <= Days, "--gaps must be 0 to the number of days");
        Require(Since.Year >= 2018, "--until minus --days must not be before 2018, since members joined up to three years earlier");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SeedException(otherwise);
        }
    }
}
