using Metricity.Chaos;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Chaos;

/// <summary>The chaos run at a small size, or a minute of it in the long form; <c>scripts/chaos.sh</c> is for more.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Program_under_faults_of_every_kind_loses_nothing_and_counts_nothing_twice()
    {
        var options = new ChaosOptions
        {
            Duration = TimeSpan.FromSeconds(TestLength.Of(usual: 3, nightly: 60)),
            Rate = 100,
            Pause = 0.3,
            Directory = Path.Combine(AppContext.BaseDirectory, "chaos"),
        };

        var found = await new ChaosRun(options, _ => { }).RunAsync(CancellationToken.None);

        Assert.True(found.IsGood, string.Join('\n', [.. found.Wrong.Take(20), options.Command, .. found.Summary]));
        Assert.All(found.Tables, table => Assert.True(table.Expected > 0 || table.Name == "deletions", $"nothing to compare in {table.Name}"));
    }
}
