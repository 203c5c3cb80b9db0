using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// Writes a seed into a migrated database without messages, in one transaction: all of it or nothing. Of <c>messages</c> the indexes and
/// foreign keys are made anew after the load, from their own definitions; triggers sleep, and the roll-ups are computed at the end.
/// The role must own the tables.
/// </summary>
public sealed class SeedWriter(string connectionString, string schema, Action<string> progress)
{
    private readonly Stopwatch _clock = new();

    /// <exception cref="SeedException">The database is not migrated, or not empty.</exception>
    public async Task WriteAsync(GuildSeed seed, CancellationToken cancellationToken)
    {
        _clock.Restart();
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0, Pooling = false };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var statements = new SeedStatements(connection, schema);
            await statements.EnterAsync(cancellationToken);
            await statements.RequireEmptyAsync(cancellationToken);
            await statements.SetTriggersAsync(isOn: false, cancellationToken);
            var copy = new SeedCopy(connection, seed);
            await copy.SmallTablesAsync(cancellationToken);
            Say($"{seed.Channels.Count} channels, {seed.Users.Count} users, {seed.Threads.Count} threads");

            var definitions = await statements.DropIndexesAsync(cancellationToken);
            await copy.MessagesAsync(Say, cancellationToken);
            foreach (var definition in definitions)
            {
                await statements.RunAsync(definition, cancellationToken);
            }

            Say("indexes and foreign keys");
            await copy.CoverageAsync(schema, cancellationToken);
            await statements.SetTriggersAsync(isOn: true, cancellationToken);
            await statements.AnalyzeAsync(cancellationToken);
            if (await statements.RebuildRollupsAsync(cancellationToken))
            {
                Say("roll-ups");
            }

            await transaction.CommitAsync(cancellationToken);
        }

        await new SeedStatements(connection, schema).VacuumAsync(cancellationToken);
        Say("done");
    }

    private void Say(string what) => progress(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {what}"));
}
