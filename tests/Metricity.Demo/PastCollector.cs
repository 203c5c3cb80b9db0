using System.Globalization;
using Metricity.Cli;
using Metricity.Hosting;
using Metricity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Metricity.Demo;

/// <summary>
/// The collector on a clock that is behind, in a process of its own, until it is killed. <c>metricity run</c> goes by the real clock, and
/// what it is to have collected hours ago must carry times of hours ago.
/// </summary>
internal static class PastCollector
{
    public const string Verb = "collect-in-the-past";

    private const string Program = "Metricity.Demo.dll";

    public static CollectorProcess Start(IReadOnlyDictionary<string, string> settings, TimeSpan behind) =>
        CollectorProcess.Start(Program, [Verb, behind.TotalSeconds.ToString(CultureInfo.InvariantCulture)], settings);

    /// <param name="behind">Seconds.</param>
    public static async Task RunAsync(string behind)
    {
        var time = new JumpingTime(TimeSpan.FromSeconds(double.Parse(behind, CultureInfo.InvariantCulture)));
        var settings = CommandContext.Create([]).ReadSettings(SettingsNeeds.All);
        await using var logging = new Logging(settings.Log, errors: null);
        await using var services = new ServiceCollection()
            .AddSingleton(logging.Factory)
            .AddSingleton<TimeProvider>(time)
            .AddCollector(settings)
            .BuildServiceProvider();
        await services.GetRequiredService<Collector>().RunAsync(CancellationToken.None);
    }
}
