using System.Globalization;

namespace Metricity.DiscordSimulator;

/// <summary>Invented names, the same for the same number.</summary>
internal static class SimNames
{
    private static readonly string[] People =
    [
        "ann", "bob", "cleo", "dev", "eli", "fay", "gus", "hana", "ivo", "june", "kai", "lou", "mia", "ned", "ola", "pia", "quin", "rui",
        "sam", "tara", "uma", "vic", "wes", "xia", "yan", "zoe",
    ];

    private static readonly string[] Topics =
    [
        "async", "databases", "networks", "web", "games", "algorithms", "testing", "packaging", "editors", "careers", "unix", "windows",
        "data-science", "security", "tools", "type-hints", "media", "user-interfaces", "microcontrollers", "cooking",
    ];

    public static string User(int number)
    {
        return Numbered(People, number, '_');
    }

    public static string Channel(int number)
    {
        return Numbered(Topics, number, '-');
    }

    public static string Thread(int number)
    {
        return string.Create(CultureInfo.InvariantCulture, $"help with {Topics[number % Topics.Length]} {number}");
    }

    /// <summary>A hash as Discord's avatars have: 32 hex digits.</summary>
    public static string Hash(ulong number)
    {
        return string.Create(CultureInfo.InvariantCulture, $"{number * 0x9E3779B97F4A7C15UL:x16}{number * 0xC2B2AE3D27D4EB4FUL:x16}");
    }

    private static string Numbered(string[] names, int number, char separator)
    {
        var name = names[number % names.Length];
        return number < names.Length ? name : string.Create(CultureInfo.InvariantCulture, $"{name}{separator}{number / names.Length}");
    }
}
