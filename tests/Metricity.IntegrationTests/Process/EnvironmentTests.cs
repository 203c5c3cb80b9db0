using System.Text.Json;

namespace Metricity.IntegrationTests.Process;

/// <summary>What the machine sets must not change what the program does.</summary>
public sealed class EnvironmentTests
{
    [Theory]
    [InlineData("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")]
    [InlineData("LANG", "tr_TR.UTF-8")]
    [InlineData("TZ", "Asia/Kolkata")]
    public async Task Guild_with_names_of_all_scripts_is_collected_the_same(string variable, string value)
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment[variable] = value;
        bed.Environment["LC_ALL"] = variable == "LANG" ? value : "C";
        bed.Environment["Collect__Bots"] = "FALSE";
        bed.Guild.AddChannel("İstanbul-ığüşöç", parent: bed.Guild.AddCategory("TITLE iI"));
        bed.Guild.AddMember("Iıİi 🦀 ß");

        var process = await bed.StartSyncedAsync();
        bed.Guild.PostMessage(bed.Guild.Channels[0], bed.Guild.Members[^1]);

        await bed.AssertTruthAsync();
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Json_log_is_one_object_a_line()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Log__Format"] = "json";

        var process = await bed.StartSyncedAsync();
        Assert.Equal(0, await process.TerminateAsync());

        Assert.All(process.Output.Split('\n'), line => JsonDocument.Parse(line).Dispose());
        Assert.Contains("Stopped: everything that was read is committed", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_shows_a_stack_trace_only_when_asked()
    {
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Metricity"] = "Host=127.0.0.1;Port=1;Database=x;Password=" + MetricityProcess.Password,
        };

        var plain = await MetricityProcess.RunAsync(environment, "migrate", "status");
        var verbose = await MetricityProcess.RunAsync(environment, "migrate", "status", "--verbose");

        plain.Says(3);
        Assert.Equal(3, verbose.Code);
        Assert.Single(plain.Errors.Split('\n'));
        Assert.StartsWith(plain.Errors, verbose.Errors, StringComparison.Ordinal);
        Assert.Contains("   at ", verbose.Errors, StringComparison.Ordinal);
    }
}
