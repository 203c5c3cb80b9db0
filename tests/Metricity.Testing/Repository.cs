namespace Metricity.Testing;

/// <summary>The files of the repository that the tests were built from.</summary>
public static class Repository
{
    public static readonly string Root = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static bool Has(string relative) => Path.Exists(PathOf(relative));

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Metricity.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Metricity.sln is in no folder above the tests");
        }

        return folder;
    }
}
