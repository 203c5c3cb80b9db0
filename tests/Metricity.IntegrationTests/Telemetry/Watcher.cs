using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>Asks a running program's HTTP addresses, as a scraper and a probe do.</summary>
internal sealed partial class Watcher : IDisposable
{
    /// <summary>A free port of the program's own choice.</summary>
    public const string AnyPort = "http://127.0.0.1:0";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private Watcher(string address)
    {
        _http.BaseAddress = new Uri(address);
    }

    public string Address => _http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    /// <param name="what">How the log's line begins that tells the address.</param>
    public static async Task<Watcher> OfAsync(MetricityProcess process, string what = "Health and metrics at ")
    {
        await process.WaitForLineAsync(what);

        return new Watcher(Listens().Match(process.Output[process.Output.IndexOf(what, StringComparison.Ordinal)..]).Value);
    }

    public async Task<Scrape> ScrapeAsync()
    {
        using var answer = await _http.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", $"{answer.EnsureSuccessStatusCode().Content.Headers.ContentType}");

        return new Scrape(await answer.Content.ReadAsStringAsync());
    }

    public async Task<Scrape> ScrapeOpenMetricsAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text; version=1.0.0"));
        using var answer = await _http.SendAsync(request);
        var type = $"{answer.EnsureSuccessStatusCode().Content.Headers.ContentType}";
        Assert.StartsWith("application/openmetrics-text; version=1.0.0", type, StringComparison.Ordinal);

        return new Scrape(await answer.Content.ReadAsStringAsync(), isOpenMetrics: true);
    }

    public async Task<(int Status, string Body)> AskAsync(string path)
    {
        using var answer = await _http.GetAsync(path);

        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task WaitForAsync(string path, int status) => Eventually.EqualAsync(
        status, async () => (await AskAsync(path)).Status, $"{path} gives {status}", MetricityProcess.Limit);

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("http://127\\.0\\.0\\.1:[1-9][0-9]*")]
    private static partial Regex Listens();
}
