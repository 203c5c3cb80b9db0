using Metricity.Commands;
using Metricity.Database;
using Metricity.Export;
using Metricity.Ownership;

namespace Metricity.Hosting;

/// <summary>
/// Runs the turns of this process's shard, and beside them what watches, counts and reports. One instance collects once.
/// </summary>
/// <param name="registration">Null = no slash command.</param>
internal sealed class Collector(
    ShardTurns turns,
    ShardStatus shard,
    SchemaCheck schema,
    DatabaseWatch database,
    Exporters exporters,
    CommandRegistration? registration = null)
{
    /// <summary>Of the program.</summary>
    public static string Version { get; } = typeof(Collector).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// Collects until <paramref name="stopping"/>, then drains within <c>Collect:DrainTimeout</c>. What is not drained in time is not lost:
    /// the position in the database asks Discord for it again.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var noted = stopping.UnsafeRegister(static shard => ((ShardStatus)shard!).IsStopping = true, shard);
        await schema.RunAsync(stopping);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var exporting = new CancellationTokenSource();
        var watches = Task.WhenAll(
            database.RunAsync(watching.Token), registration?.RunAsync(watching.Token) ?? Task.CompletedTask);
        var exports = exporters.RunAsync(exporting.Token);
        try
        {
            await turns.RunAsync(stopping);
        }
        finally
        {
            await watching.CancelAsync();
            await watches;

            // The last figures go out after the last commit.
            await exporting.CancelAsync();
            await exports;
        }
    }
}
