using Metricity.DiscordSimulator;
using Metricity.Testing;
using Npgsql;

namespace Metricity.Chaos;

/// <summary>What the faults fall upon.</summary>
internal sealed record Bed(
    PostgresCluster Cluster, TinyDisk? Disk, Simulator Simulator, IReadOnlyList<ChaosGuild> Guilds, Collectors Collectors, Journal Journal)
{
    public const string Database = "metricity";

    /// <summary>The name under which the faults' own sessions are known to the server.</summary>
    public const string Name = "chaos";

    /// <summary>So that missed acknowledgements are noticed within seconds.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(3);

    /// <summary>A new session as superuser, in the collector's database or another one.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database = Database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Cluster.For(database))
        {
            ApplicationName = Name,
            Pooling = false,
            CommandTimeout = 60,
        }.ConnectionString);
        await connection.OpenAsync();

        return connection;
    }

    /// <summary>Waits until the position moves; gives up after a while, and when the database is away.</summary>
    public async Task WaitForCommitAsync(CancellationToken stop)
    {
        const string Sql = "select coalesce(max(sequence), 0) from metricity.positions";
        const int Looks = 200;
        try
        {
            await using var connection = await ConnectAsync();
            await using var command = new NpgsqlCommand(Sql, connection);
            var before = await command.ExecuteScalarAsync(CancellationToken.None);
            for (var i = 0; i < Looks && !stop.IsCancellationRequested && Equals(before, await command.ExecuteScalarAsync(CancellationToken.None)); i++)
            {
                await PauseAsync(TimeSpan.FromMilliseconds(50), stop);
            }
        }
        catch (NpgsqlException)
        {
            Journal.Note("the database is away, so nobody waits for a commit");
        }
    }

    /// <summary>Waits that long or, without an exception, until the token is cancelled.</summary>
    public static async Task PauseAsync(TimeSpan time, CancellationToken cancellationToken) =>
        await Task.Delay(time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>As <see cref="PauseAsync(TimeSpan, CancellationToken)"/>, a random time.</summary>
    public static Task PauseAsync(Random random, double minSeconds, double maxSeconds, CancellationToken cancellationToken) =>
        PauseAsync(TimeSpan.FromSeconds(minSeconds + (random.NextDouble() * (maxSeconds - minSeconds))), cancellationToken);
}

/// <summary>A guild that is collected.</summary>
internal sealed record ChaosGuild(SimGuild Guild, SimLife Life, SimRole Staff, string Schema);
