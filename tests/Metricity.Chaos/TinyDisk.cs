using System.Diagnostics;
using System.Globalization;

namespace Metricity.Chaos;

/// <summary>
/// A file system in memory for a tablespace, which can be made full and free again. Needs the right to mount. A watching shell unmounts it
/// when this process ends, however that happens.
/// </summary>
internal sealed class TinyDisk : IAsyncDisposable
{
    private const long Capacity = 2L << 30;

    /// <summary>What a full disk has left.</summary>
    private const long Rest = 16 * 1024;

    private readonly Process _watcher;

    private TinyDisk(string path, Process watcher)
    {
        Path = path;
        _watcher = watcher;
    }

    /// <summary>Empty at the start; the server's user may write there.</summary>
    public string Path { get; }

    /// <summary>Null where mounting is not allowed.</summary>
    public static async Task<TinyDisk?> TryMountAsync()
    {
        if (Environment.UserName != "root")
        {
            return null;
        }

        // The directory within, since a tablespace's must belong to the server's user and be empty.
        const string Mount =
            """
            d=$(mktemp -d /tmp/metricity-disk.XXXXXX) && chmod 755 "$d" || exit 1
            if ! mount -t tmpfs -o "size=$0,mode=755" tmpfs "$d" 2>/dev/null; then rmdir "$d"; exit 1; fi
            mkdir "$d/space" && (chown postgres "$d/space" 2>/dev/null || chown nobody "$d/space")
            echo "$d"
            """;
        var (code, output) = await RunAsync(Mount, Capacity.ToString(CultureInfo.InvariantCulture));
        if (code != 0)
        {
            return null;
        }

        const string Watch = "trap '' INT TERM HUP; read -r _; umount -l \"$0\" && rmdir \"$0\"";
        var watcher = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Watch, output]) { RedirectStandardInput = true })!;

        return new TinyDisk(System.IO.Path.Combine(output, "space"), watcher);
    }

    /// <summary>From now on no file can grow by more than a page or two.</summary>
    public async Task FillAsync()
    {
        const string Shrink = """used=$(df -B1 --output=used "$0" | tail -n 1) && mount -o "remount,size=$((used + $1))" "$0" """;
        await ResizeAsync(Shrink, Rest);
    }

    public Task FreeAsync() => ResizeAsync("""mount -o "remount,size=$1" "$0" """, Capacity);

    public async ValueTask DisposeAsync()
    {
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
    }

    private async Task ResizeAsync(string script, long bytes)
    {
        // A file may grow between the look and the change: then the size is too small to be taken.
        for (var attempt = 1; ; attempt++)
        {
            var mount = System.IO.Path.GetDirectoryName(Path)!;
            var (code, output) = await RunAsync(script, mount, bytes.ToString(CultureInfo.InvariantCulture));
            if (code == 0)
            {
                return;
            }

            if (attempt == 20)
            {
                throw new InvalidOperationException($"the disk could not be resized: {output}");
            }
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string script, params string[] arguments)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();

        return (shell.ExitCode, output.Trim());
    }
}
