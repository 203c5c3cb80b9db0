namespace Metricity.Hosting;

/// <summary>The settings are wrong; <see cref="Errors"/> holds every finding as a sentence of its own.</summary>
internal sealed class SettingsException(IReadOnlyList<string> errors)
    : StopException(Metricity.ExitCode.Usage, string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
