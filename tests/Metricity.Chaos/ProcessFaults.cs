using Npgsql;

namespace Metricity.Chaos;

/// <summary>What can happen to the collector's process.</summary>
internal static class ProcessFaults
{
    /// <summary>Exit codes of a copy that another one has replaced, and of one that finds the shard taken.</summary>
    private const int DatabaseExit = 3;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(Lane.Process, "kill -9", 3, AtWorkAsync),
        new(Lane.Process, "kill -9 at any moment", 1, (bed, random, stop) => DownAsync(bed, bed.Collectors.KillAsync, random, 0, stop)),
        new(Lane.Process, "kill -9, down for a while", 1, (bed, random, stop) => DownAsync(bed, bed.Collectors.KillAsync, random, 4, stop)),
        new(Lane.Process, "SIGTERM", 2, (bed, random, stop) => DownAsync(bed, bed.Collectors.TerminateAsync, random, 2, stop)),
        new(Lane.Process, "SIGTERM, cut short", 1, (bed, random, stop) =>
            DownAsync(bed, () => bed.Collectors.TerminateAndKillAsync(TimeSpan.FromSeconds(random.NextDouble() * 0.5)), random, 1, stop)),
        new(Lane.Process, "position set back", 1, SetBackAsync),
        new(Lane.Process, "two copies", 1, TwoAsync),
    ];

    /// <summary>In the middle of collecting: after this start of the program has committed, at most a second later.</summary>
    private static async Task<bool> AtWorkAsync(Bed bed, Random random, CancellationToken stop)
    {
        await bed.WaitForCommitAsync(stop);
        await Bed.PauseAsync(random, 0, 1, stop);

        return await DownAsync(bed, bed.Collectors.KillAsync, random, 0, stop);
    }

    private static async Task<bool> DownAsync(
        Bed bed, Func<Task<bool>> takeDownAsync, Random random, double longestSeconds, CancellationToken stop)
    {
        var up = await takeDownAsync();
        await Bed.PauseAsync(random, 0, longestSeconds, stop);
        await bed.Collectors.RaiseAsync();

        return up;
    }

    /// <summary>Discord sends again what is committed already; not READY and the first sync.</summary>
    private static async Task<bool> SetBackAsync(Bed bed, Random random, CancellationToken stop)
    {
        const string Sql =
            """
            update metricity.positions
            set sequence = greatest(sequence - $1, 20)
            where sequence > 20
            """;
        var back = 1 + random.Next(400);
        await bed.Collectors.KillAsync();
        try
        {
            await using var connection = await bed.ConnectAsync();
            await using var command = new NpgsqlCommand(Sql, connection);
            command.Parameters.AddWithValue(back);

            return await command.ExecuteNonQueryAsync(stop) > 0;
        }
        catch (NpgsqlException)
        {
            return false; // the database has a fault of its own
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            await bed.Collectors.RaiseAsync();
        }
    }

    private static Task<bool> TwoAsync(Bed bed, Random random, CancellationToken stop)
    {
        bed.Collectors.Excuse(DatabaseExit, TimeSpan.FromMinutes(1));

        return bed.Collectors.DoubleAsync(TimeSpan.FromSeconds(random.NextDouble() * 6), random.Next(2) == 0, random.Next(2) == 0);
    }
}
