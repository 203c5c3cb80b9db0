using Metricity.Hosting;
using Metricity.Migrations;

namespace Metricity.Cli;

/// <summary><c>metricity --migrate</c> and <c>metricity migrate …</c>.</summary>
internal static class MigrateCommand
{
    /// <summary>As a target of <c>down</c>: no migration is left.</summary>
    private const string Everything = "0";

    public static async Task<int> UpAsync(CommandContext context, string? to, CancellationToken cancellationToken)
    {
        RequireKnown(to);
        var applied = await UpAsync(context.ReadSettings(SettingsNeeds.Database), to, context.Out, cancellationToken);
        await context.Out.WriteLineAsync(applied == 0 ? "Nothing to do: every schema is up to date." : $"Applied {applied} migrations.");

        return ExitCode.Done;
    }

    /// <summary>Creates the database where it is missing and applies what is pending; gives the number of migrations applied.</summary>
    public static async Task<int> UpAsync(Settings settings, string? to, TextWriter output, CancellationToken cancellationToken)
    {
        var migrator = Migrator(settings, output);
        await migrator.CreateDatabaseIfMissingAsync(cancellationToken);

        return await migrator.UpAsync(to, cancellationToken);
    }

    public static async Task<int> DownAsync(CommandContext context, string to, CancellationToken cancellationToken)
    {
        RequireKnown(to is Everything ? null : to);
        var reverted = await Migrator(context.ReadSettings(SettingsNeeds.Database), context.Out).DownAsync(to, cancellationToken);
        await context.Out.WriteLineAsync(reverted == 0 ? "Nothing to do." : $"Reverted {reverted} migrations.");

        return ExitCode.Done;
    }

    public static async Task<int> StatusAsync(CommandContext context, CancellationToken cancellationToken)
    {
        foreach (var state in await Migrator(context.ReadSettings(SettingsNeeds.Database), context.Out).GetStatusAsync(cancellationToken))
        {
            await context.Out.WriteLineAsync($"schema {state.Schema}");
            foreach (var id in state.Applied)
            {
                await context.Out.WriteLineAsync($"  applied  {id}");
            }

            foreach (var id in state.Pending)
            {
                await context.Out.WriteLineAsync($"  pending  {id}");
            }

            foreach (var id in state.Unknown)
            {
                await context.Out.WriteLineAsync($"  unknown  {id} (made by a newer Metricity)");
            }
        }

        return ExitCode.Done;
    }

    public static async Task<int> ScriptAsync(CommandContext context)
    {
        await context.Out.WriteLineAsync(Migrator(context.ReadSettings(SettingsNeeds.None), TextWriter.Null).Script());

        return ExitCode.Done;
    }

    /// <summary>A wrong id is wrong usage, whatever the database is like.</summary>
    private static void RequireKnown(string? to)
    {
        if (to is not null && SchemaVersion.Find(to) is null)
        {
            throw new SettingsException(
                [$"There is no migration \"{to}\". There are: {string.Join(", ", SchemaVersion.State.Concat(SchemaVersion.Guild))}."]);
        }
    }

    private static SchemaMigrator Migrator(Settings settings, TextWriter output) =>
        new(settings.ConnectionString?.Reveal() ?? "", CommandContext.Schemas(settings), output.WriteLine);
}
