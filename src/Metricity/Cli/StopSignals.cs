using System.Runtime.InteropServices;

namespace Metricity.Cli;

/// <summary>
/// SIGTERM and Ctrl+C from the first moment on: the generic host hears them only once it has started, and until then they would end the
/// process with a code that tells an orchestrator of a failure.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals()
    {
        _registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(
            signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _stop.Cancel();
            }))];
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>From here on a signal ends the process at once, as it does by default.</summary>
    public void Release() => Array.ForEach(_registrations, registration => registration.Dispose());

    public void Dispose()
    {
        Release();
        _stop.Dispose();
    }
}
