using System.Diagnostics;
using Metricity.Database;
using Metricity.Hosting;
using Metricity.Insights;
using Metricity.Migrations;

namespace Metricity.Cli;

/// <summary><c>metricity insights rebuild</c>: the counts behind the views anew from the rows.</summary>
internal static class InsightsCommand
{
    /// <param name="guild">Null = all guilds of the settings.</param>
    public static async Task<int> RebuildAsync(CommandContext context, string? guild, CancellationToken cancellationToken)
    {
        var settings = context.ReadSettings(SettingsNeeds.Database | SettingsNeeds.Guilds);
        var guilds = settings.Guilds.Where(entry => guild is null || entry.Id.ToString() == guild).ToList();
        if (guilds.Count == 0)
        {
            throw new SettingsException([$"--guild: {guild} is not in the settings. Add it to Guilds."]);
        }

        var connectionString = settings.ConnectionString!.Reveal();
        var migrator = new SchemaMigrator(connectionString, CommandContext.Schemas(settings), _ => { });
        SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
        await using var database = StorageDataSource.Create(new StorageOptions
        {
            ConnectionString = connectionString,
            GuildSchemas = guilds.ToDictionary(entry => entry.Id, entry => entry.Schema),
        });
        foreach (var entry in guilds)
        {
            var started = Stopwatch.GetTimestamp();
            var differing = await CommandContext.AskAsync(
                settings, () => RollupStore.RebuildAsync(database, entry.Schema, cancellationToken));
            var found = differing == 0 ? "all counts were right" : $"{differing} counts were wrong, and are right now";
            await context.Out.WriteLineAsync($"guild {entry.Id}: {found} ({Stopwatch.GetElapsedTime(started):hh\\:mm\\:ss}).");
        }

        return ExitCode.Done;
    }
}
