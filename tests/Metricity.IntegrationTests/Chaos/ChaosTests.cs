using Metricity.Chaos;

namespace Metricity.IntegrationTests.Chaos;

/// <summary>The chaos run at a small size; <c>scripts/chaos.sh</c> is for the long ones.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Program_under_faults_of_every_kind_loses_nothing_and_counts_nothing_twice()
    {
        var options = new ChaosOptions
        {
            Duration = TimeSpan.FromSeconds(6),
            Rate = 100,
            Pause = 0.3,
            Directory = Path.Combine(AppContext.BaseDirectory, "chaos"),
        };

        var found = await new ChaosRun(options, _ => { }).RunAsync(CancellationToken.None);

        Assert.True(found.IsGood, string.Join('\n', [.. found.Wrong.Take(20), options.Command, .. found.Summary]));
        Assert.All(found.Tables, table => Assert.True(table.Expected > 0 || table.Name == "deletions", $"nothing to compare in {table.Name}"));
    }
}
