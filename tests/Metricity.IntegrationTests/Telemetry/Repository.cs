namespace Metricity.IntegrationTests.Telemetry;

/// <summary>The pages that tests hold against the program.</summary>
internal static class Repository
{
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root(), path));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Metricity.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Metricity.sln is in no folder above the tests");
        }

        return folder;
    }
}
