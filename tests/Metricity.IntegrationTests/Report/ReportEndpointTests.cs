using Metricity.IntegrationTests.Process;
using Metricity.IntegrationTests.Telemetry;

namespace Metricity.IntegrationTests.Report;

/// <summary>The report at <c>/</c> of a running collector.</summary>
public sealed class ReportEndpointTests
{
    [Fact]
    public async Task Page_is_given_at_the_root_when_it_is_switched_on()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Environment["Http__Report"] = "true";
        bed.Guild.AddChannel("general");
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        using var http = new HttpClient { BaseAddress = new Uri(watcher.Address) };

        using var answer = await http.GetAsync("/");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", $"{answer.Content.Headers.ContentType}");
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains($"Guild {bed.Guild.Id}", page, StringComparison.Ordinal);
        Assert.Contains("7 days", (await watcher.AskAsync("/?days=7&zone=Europe/Berlin")).Body, StringComparison.Ordinal);
        Assert.Equal(400, (await watcher.AskAsync("/?days=many")).Status);
        Assert.Equal(400, (await watcher.AskAsync("/?zone=Mars/Base")).Status);
        Assert.Equal(404, (await watcher.AskAsync("/?guild=99")).Status);
        Assert.Equal(404, (await watcher.AskAsync("/other")).Status);
        Assert.Equal(200, (await watcher.AskAsync("/metrics")).Status);
        using var post = await http.PostAsync("/", null);
        Assert.Equal(405, (int)post.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_there_unless_it_is_switched_on()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);

        Assert.Equal(404, (await watcher.AskAsync("/")).Status);
    }

    [Fact]
    public async Task Views_that_are_missing_are_told_and_do_not_stop_the_collector()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Environment["Http__Report"] = "true";
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        await bed.Database.ExecuteAsync("alter schema insights rename to elsewhere");

        var (status, body) = await watcher.AskAsync("/");

        Assert.Equal(503, status);
        Assert.Contains("The database has no schema &quot;insights&quot;", body, StringComparison.Ordinal);
        Assert.Equal(200, (await watcher.AskAsync("/health/live")).Status);
    }

    [Fact]
    public async Task Report_without_an_address_is_an_error_of_the_settings()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Report"] = "true";

        (await bed.RunAsync("run")).Says(2, "Http:Report: the report is given at Http:Url, which is empty.");
    }
}
