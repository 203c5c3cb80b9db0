namespace Metricity.Migrations;

/// <summary>The <c>.sql</c> files of this project that are not a migration's (those are read by FluentMigrator).</summary>
internal static class SqlFile
{
    /// <param name="name">Folder and file with a dot between.</param>
    public static string Read(string name)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream($"{typeof(SqlFile).Namespace}.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
