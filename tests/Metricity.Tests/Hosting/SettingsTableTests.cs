using System.Text;
using System.Text.Json;
using Metricity.Hosting;
using Metricity.Testing;

namespace Metricity.Tests.Hosting;

/// <summary>What is written about the settings elsewhere agrees with the table of them.</summary>
public sealed class SettingsTableTests
{
    [Fact]
    public void Every_setting_of_the_table_is_listed_once()
    {
        var fields = typeof(SettingsTable).GetFields().Select(field => field.GetValue(null)).OfType<Setting>();

        Assert.Equal(fields.Select(setting => setting.Key).Order(), SettingsTable.All.Select(setting => setting.Key).Order());
    }

    [Fact]
    public void Appsettings_file_holds_every_key_with_its_default()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json")));
        var found = file.RootElement.EnumerateObject()
            .Where(section => section.Value.ValueKind == JsonValueKind.Object)
            .SelectMany(section => section.Value.EnumerateObject()
                .Select(key => $"{section.Name}:{key.Name} = {key.Value.ToString().ToLowerInvariant()}"));
        var expected = SettingsTable.All.Where(setting => setting.Section != "Guilds")
            .SelectMany(setting => setting.IsSecret
                ? [$"{setting.Key} = ", $"{setting.FileKey} = "]
                : new[] { $"{setting.Key} = {setting.DefaultText.ToLowerInvariant()}" });

        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.Equal(0, file.RootElement.GetProperty("Guilds").GetArrayLength());
    }

    [Fact]
    public void Page_of_the_settings_is_the_table()
    {
        var lines = Repository.Read("docs/settings.md").Split('\n').SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(Table(), string.Join('\n', lines) + "\n");
    }

    /// <summary>To be pasted into docs/settings.md when this test fails.</summary>
    private static string Table()
    {
        var table = new StringBuilder();
        foreach (var setting in SettingsTable.All)
        {
            var fallback = setting.DefaultNote ?? (setting.DefaultText.Length == 0 ? "–" : $"`{setting.DefaultText}`");
            var range = setting.Range.Length == 0 ? " " : $" {setting.Range} ";
            table.Append($"| `{setting.Key}` | {fallback} |{range}| {setting.Meaning} |\n");
            if (setting.IsSecret)
            {
                table.Append($"| `{setting.FileKey}` | – | readable file | file that holds it; in place of `{setting.Key}` |\n");
            }
        }

        return table.ToString();
    }
}
