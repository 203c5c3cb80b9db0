using System.Diagnostics;
using System.Globalization;

namespace Metricity.Benchmarks;

/// <summary>
/// This program once more, with a hidden verb that serves on a loopback port, prints <c>ready PORT</c>, and ends when its standard input
/// does, so also when this process dies.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process)
    {
        _process = process;
    }

    public int Port { get; private set; }

    public static async Task<ChildProcess> StartAsync(params string[] arguments)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "Metricity.Benchmarks.dll");
        var start = new ProcessStartInfo(DotnetHost(), [assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var child = new ChildProcess(Process.Start(start)!);
        var line = await child._process.StandardOutput.ReadLineAsync() ?? "";
        if (!line.StartsWith("ready ", StringComparison.Ordinal)
            || !int.TryParse(line.AsSpan("ready ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            await child.DisposeAsync();
            throw new InvalidOperationException($"{arguments[0]} did not start.");
        }

        child.Port = port;

        return child;
    }

    /// <summary>For a hidden verb: serves until the parent is gone.</summary>
    public static async Task ServeAsync(int port)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready {port}"));
        await Console.In.ReadToEndAsync();
    }

    /// <summary>The <c>dotnet</c> that runs this program, or the one on the PATH.</summary>
    public static string DotnetHost() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
