using Microsoft.Playwright;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// The machine's own Chromium, started once for a class of tests. Where there is none the tests fail with what to do: a page that nobody
/// looked at counts as broken.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "No Chromium is on the PATH, so the report's page cannot be looked at. Install it (Debian: apt-get install chromium; "
                + "scripts/test.sh does it).");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            ChromiumSandbox = false, // it refuses root, as which tests in containers run; the pages are ours
        });
    }

    /// <summary>A page with nothing kept of others before it.</summary>
    public async Task<IPage> OpenAsync() => await (await _browser!.NewContextAsync()).NewPageAsync();

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
