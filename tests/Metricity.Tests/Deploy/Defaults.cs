using System.Globalization;
using System.Text.Json;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>What the deployment files must agree on, from appsettings.json.</summary>
internal static class Defaults
{
    public static int Port => new Uri(Setting("Http", "Url")).Port;

    public static TimeSpan DrainTimeout => TimeSpan.Parse(Setting("Collect", "DrainTimeout"), CultureInfo.InvariantCulture);

    private static string Setting(string section, string key)
    {
        using var settings = JsonDocument.Parse(Repository.Read("appsettings.json"));

        return settings.RootElement.GetProperty(section).GetProperty(key).GetString()!;
    }
}
