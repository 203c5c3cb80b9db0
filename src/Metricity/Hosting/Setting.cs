namespace Metricity.Hosting;

/// <summary>
/// One key of the settings, said once: <see cref="SettingsReader"/>, its errors, <c>appsettings.json</c>, docs/settings.md and
/// <c>metricity check</c> go by it.
/// </summary>
/// <param name="key">With <c>N</c> for the number of a guild.</param>
/// <param name="defaultText">As <c>appsettings.json</c> writes it; empty = none.</param>
/// <param name="range">For the page: which values there are.</param>
/// <param name="meaning">For the page, in Markdown.</param>
internal abstract class Setting(string key, string defaultText, string range, string meaning)
{
    public string Key => key;

    public string DefaultText => defaultText;

    public string Range => range;

    public string Meaning => meaning;

    /// <summary>What the page says in place of <see cref="DefaultText"/>.</summary>
    public string? DefaultNote { get; init; }

    /// <summary>Another name for it in the environment; of a guild's key, for the first guild.</summary>
    public string? Alias { get; init; }

    /// <summary>For a secret: the key of a file that may hold it.</summary>
    public string? FileKey { get; init; }

    /// <summary>A key that holds a secret, or the name of a file with one: its value is never shown.</summary>
    public bool IsSecret => FileKey is not null;

    /// <summary>Commands with one of these needs cannot do without it.</summary>
    public SettingsNeeds NeededBy { get; init; }

    /// <summary>The way out when it is missing and needed.</summary>
    public string? WhenMissing { get; init; }

    /// <summary>The part of the key before the first colon.</summary>
    public string Section => key[..key.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The part of the key after the last colon.</summary>
    public string Name => key[(key.LastIndexOf(':') + 1)..];
}

/// <returns>What is wrong, to be put after the value: "is not …" and the way out. Null when nothing is.</returns>
internal delegate string? SettingParser<T>(string text, out T value);

/// <inheritdoc cref="Setting"/>
/// <param name="fallback">Value when the key is not set, or wrong.</param>
/// <param name="parse">Reads a text that is not blank.</param>
internal sealed class Setting<T>(string key, T fallback, string defaultText, string range, string meaning, SettingParser<T> parse)
    : Setting(key, defaultText, range, meaning)
{
    public T Fallback => fallback;

    public string? Parse(string text, out T value) => parse(text, out value);
}
