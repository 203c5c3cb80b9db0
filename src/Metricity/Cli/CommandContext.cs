using Metricity.Database;
using Metricity.Hosting;
using Microsoft.Extensions.Configuration;

namespace Metricity.Cli;

/// <summary>What every verb gets: the configuration and where to print.</summary>
internal sealed record CommandContext(IConfiguration Configuration, TextWriter Out)
{
    /// <summary>File, then environment, then <c>--set</c>: later ones win.</summary>
    /// <exception cref="SettingsException">A <c>--set</c> without "=", or an unreadable file.</exception>
    public static CommandContext Create(IReadOnlyList<string> overrides)
    {
        if (overrides.Any(pair => pair.IndexOf('=', StringComparison.Ordinal) < 1))
        {
            throw new SettingsException(["--set needs the form Key=Value, for example --set Collect:Bots=true."]);
        }

        var unknown = overrides.Select(pair => pair.Split('=')[0]).Where(key => !SettingsTable.MayBeSetting(key)).ToList();
        if (unknown.Count > 0)
        {
            throw new SettingsException([.. unknown.Select(key => $"--set: {key} is not a setting. docs/settings.md lists them.")]);
        }

        try
        {
            var configuration = new ConfigurationBuilder()
                .SetBasePath(AppContext.BaseDirectory)
                .AddJsonFile("appsettings.json", optional: true)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(
                    overrides.Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
                .Build();

            return new CommandContext(configuration, Console.Out);
        }
        catch (InvalidDataException)
        {
            var file = Path.Combine(AppContext.BaseDirectory, "appsettings.json");

            throw new SettingsException([$"{file} is no valid JSON. Mend or remove it."]);
        }
    }

    public Settings ReadSettings(SettingsNeeds needs) => new SettingsReader(Configuration).Read(needs);

    /// <summary>For a command that does not wait for the database: one that is away is told with its address.</summary>
    public static async Task<T> AskAsync<T>(Settings settings, Func<Task<T>> question)
    {
        try
        {
            return await question();
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"{e.Message} See that PostgreSQL answers at {ConnectionStrings.ServerOf(settings.ConnectionString!.Reveal())} "
                    + "(ConnectionStrings:Metricity), and try again.",
                e);
        }
    }

    /// <summary>The schemas to migrate, in the order of <c>Guilds</c>.</summary>
    public static IReadOnlyList<string> Schemas(Settings settings) => [.. settings.Guilds.Select(guild => guild.Schema)];
}
