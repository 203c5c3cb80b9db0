namespace Metricity.Benchmarks;

/// <summary>Prints a run's figures and keeps whether a requirement was missed.</summary>
internal sealed class Report
{
    public bool Met { get; private set; } = true;

    public static void Title(FormattableString title)
    {
        var build = IsOptimized ? "Release" : "DEBUG BUILD: figures mean nothing";
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant(title));
        Console.WriteLine(FormattableString.Invariant(
            $"{Environment.ProcessorCount} processors, load {Load()}, .NET {Environment.Version}, {build}"));
    }

    public static void Line(string name, string value) =>
        Console.WriteLine($"  {name,-64} {value}");

    public void Require(string what, bool met)
    {
        Met &= met;
        Line(what, met ? "met" : "MISSED");
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static bool IsOptimized =>
#if DEBUG
        false;
#else
        true;
#endif
}
