using System.CommandLine;
using System.Globalization;
using Npgsql;

namespace Metricity.DiscordSimulator.Seed;

/// <summary><c>metricity-simulator seed</c>.</summary>
internal static class SeedCommand
{
    private static readonly Option<string> Connection = new("--connection")
    {
        Description = "Npgsql connection string of a migrated database without messages. The role must own the tables.",
        Required = true,
    };

    private static readonly Option<string> Schema = new("--schema")
    {
        Description = "The guild's schema.",
        DefaultValueFactory = _ => "public",
    };

    private static readonly Option<long> Messages = new("--messages")
    {
        Description = "Messages, deleted ones included.",
        DefaultValueFactory = _ => 100_000,
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "Days that were collected.",
        DefaultValueFactory = _ => 365,
    };

    private static readonly Option<int?> Users = new("--users")
    {
        Description = "Users, past members and spammers included. Default: one for each 100 messages, at least 50.",
    };

    private static readonly Option<int> Channels = new("--channels")
    {
        Description = $"Channels without categories, {GuildSeedOptions.MinChannels} to {GuildSeedOptions.MaxChannels}.",
        DefaultValueFactory = _ => 40,
    };

    private static readonly Option<int?> Threads = new("--threads")
    {
        Description = "Threads and forum posts. Default: one for each 200 messages.",
    };

    private static readonly Option<int> Gaps = new("--gaps")
    {
        Description = "Gaps in the coverage: the first and every other one open (nothing is stored of it), the others healed, the third of "
            + "one channel.",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<int> RandomSeed = new("--seed")
    {
        Description = "Seed: with the same numbers and the same --until it gives the same rows.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string?> Until = new("--until")
    {
        Description = "End of the collected time, UTC, as 2026-11-01 or 2026-11-01T12:00:00. Default: the running hour's start.",
    };

    private static readonly Option<ulong> Guild = new("--guild")
    {
        Description = "Id of the guild, as for Guilds:0:Id.",
        DefaultValueFactory = _ => new GuildSeedOptions { Until = default }.GuildId,
    };

    public static Command Create()
    {
        var command = new Command("seed", "Writes a believable guild, with years of messages if you like, into a migrated database.");
        foreach (var option in new Option[]
            { Connection, Schema, Messages, Days, Users, Channels, Threads, Gaps, RandomSeed, Until, Guild })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);

        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var seed = new GuildSeed(new GuildSeedOptions
            {
                Messages = parsed.GetValue(Messages),
                Days = parsed.GetValue(Days),
                Users = parsed.GetValue(Users),
                Channels = parsed.GetValue(Channels),
                Threads = parsed.GetValue(Threads),
                Gaps = parsed.GetValue(Gaps),
                Seed = parsed.GetValue(RandomSeed),
                Until = ReadUntil(parsed.GetValue(Until)),
                GuildId = parsed.GetValue(Guild),
            });
            await new SeedWriter(parsed.GetValue(Connection)!, parsed.GetValue(Schema)!, Console.WriteLine)
                .WriteAsync(seed, cancellationToken);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"guild {seed.Options.GuildId}, from {seed.Options.Since:yyyy-MM-dd HH:mm} to {seed.Options.Until:yyyy-MM-dd HH:mm} UTC"));

            return 0;
        }
        catch (Exception error) when (error is SeedException or NpgsqlException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(error.Message);

            return 1;
        }
    }

    private static DateTime ReadUntil(string? text)
    {
        if (text is null)
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;

            return now.Date.AddHours(now.Hour);
        }

        const DateTimeStyles AsUtc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

        return DateTime.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ss"], CultureInfo.InvariantCulture, AsUtc, out var until)
            ? until
            : throw new SeedException($"--until {text} is not a time: write it as 2026-11-01 or 2026-11-01T12:00:00");
    }
}
