namespace Metricity;

/// <summary>
/// A person must act: nothing that the program does by itself can help, so it ends with this exit code (<see cref="Metricity.ExitCode"/>) and
/// this sentence, which is plain, names the way out and quotes no values.
/// </summary>
internal class StopException(int exitCode, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public int ExitCode => exitCode;
}
