using Metricity.Report;
using Metricity.Testing;
using Microsoft.Playwright;

namespace Metricity.IntegrationTests.Report;

/// <summary>How a page is looked at.</summary>
public enum Look
{
    Light,
    Dark,

    /// <summary>390 px wide.</summary>
    Phone,

    Paper,
}

/// <summary>A bar, or a hatched stretch, as the browser drew it; in CSS pixels from the left and top of its chart.</summary>
internal sealed record DrawnBox
{
    public double X { get; init; }

    public double Y { get; init; }

    public double Width { get; init; }

    public double Height { get; init; }

    public double Value { get; init; }
}

/// <summary>A chart as it was drawn.</summary>
internal sealed record DrawnChart
{
    public string Caption { get; init; } = "";

    public string Unit { get; init; } = "";

    /// <summary>Those that stand on the line of zero, without the parts inside of them.</summary>
    public DrawnBox[] Bars { get; init; } = [];

    public DrawnBox[] Down { get; init; } = [];

    public DrawnBox[] Gaps { get; init; } = [];

    /// <summary>Texts of its axes that show.</summary>
    public string[] Labels { get; init; } = [];

    public string GapFill { get; init; } = "";
}

/// <summary>What a browser made of a report's page: asks the browser, and keeps pictures in <c>artifacts/report</c>.</summary>
internal sealed class DrawnPage(IPage page, string name) : IAsyncDisposable
{
    private const string ChartsScript =
        """
        () => [...document.querySelectorAll('figure.chart')].map(figure => {
            const svg = figure.querySelector('svg.x'), origin = svg.getBoundingClientRect();
            const boxes = selector => [...svg.querySelectorAll(selector)].map(rect => {
                const box = rect.getBoundingClientRect();
                return { x: box.x - origin.x, y: box.y - origin.y, width: box.width, height: box.height, value: Number(rect.dataset.value ?? 0) };
            });
            const gap = svg.querySelector('.gap');
            return {
                caption: figure.querySelector('figcaption').firstChild.textContent.trim(),
                unit: figure.querySelector('figcaption .unit').textContent,
                bars: boxes('rect.bar:not(.inner):not(.down)'), down: boxes('rect.down'), gaps: boxes('rect.gap'),
                labels: [...figure.querySelectorAll('text')].filter(text => text.getClientRects().length).map(text => text.textContent),
                gapFill: gap ? getComputedStyle(gap).fill : '',
            };
        })
        """;

    /// <summary>Each pair of texts of one chart whose boxes overlap.</summary>
    private const string OverlapsScript =
        """
        () => [...document.querySelectorAll('figure.chart')].flatMap(figure => {
            const texts = [...figure.querySelectorAll('text, figcaption, .key')].filter(text => text.getClientRects().length);
            return texts.flatMap((a, i) => texts.slice(i + 1).filter(b => {
                const r = a.getBoundingClientRect(), s = b.getBoundingClientRect();
                return r.left < s.right && s.left < r.right && r.top < s.bottom - 1 && s.top < r.bottom - 1;
            }).map(b => `${figure.textContent.slice(0, 30)}: "${a.textContent}" and "${b.textContent}"`));
        })
        """;

    /// <summary>Each text that stands out of the window at the side, or out of its card.</summary>
    private const string OutsideScript =
        """
        () => [...document.querySelectorAll('body *')].filter(e => e.getClientRects().length && !e.closest('thead')
                && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
            .filter(e => {
                const range = document.createRange();
                range.selectNodeContents(e);
                const box = range.getBoundingClientRect(), card = (e.closest('section') ?? document.body).getBoundingClientRect();
                return box.left < card.left - 0.5 || box.right > card.right + 0.5;
            }).map(e => `${e.tagName} "${e.textContent.slice(0, 40)}"`)
        """;

    /// <summary>Each text whose contrast with the nearest painted background is under 4.5 (WCAG 2.2, 1.4.3).</summary>
    private const string ContrastScript =
        """
        () => {
            const parse = text => text.match(/[\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const behind = e => {
                for (; e; e = e.parentElement) {
                    const colour = parse(getComputedStyle(e).backgroundColor);
                    if (colour.length < 4 || colour[3] > 0) return colour;
                }
                return [255, 255, 255];
            };
            return [...document.querySelectorAll('body *')]
                .filter(e => e.getClientRects().length && e.tagName !== 'title' && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
                .map(e => {
                    const style = getComputedStyle(e);
                    const [a, b] = [light(parse(e.tagName === 'text' ? style.fill : style.color)), light(behind(e))];
                    return [e, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
                })
                .filter(([, ratio]) => ratio < 4.5).map(([e, ratio]) => `${e.tagName} "${e.textContent.slice(0, 30)}": ${ratio.toFixed(2)}`);
        }
        """;

    private readonly IPage _page = page;
    private readonly List<string> _requests = [];

    /// <summary>Addresses that the page asked for, its own included.</summary>
    public IReadOnlyList<string> Requests => _requests;

    public static string Folder { get; } = Directory.CreateDirectory(Repository.PathOf("artifacts/report")).FullName;

    /// <summary>Renders the report and opens it as a file.</summary>
    /// <param name="name">Of the file, and what pictures' names begin with.</param>
    public static async Task<DrawnPage> OpenAsync(Browser browser, GuildReport report, string name)
    {
        var drawn = new DrawnPage(await browser.OpenAsync(), name);
        var file = Path.Combine(Folder, $"{name}-{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(file, HtmlReport.Render(report));
        drawn._page.Request += (_, request) => drawn._requests.Add(request.Url);
        await drawn._page.GotoAsync(new Uri(file).AbsoluteUri);
        File.Move(file, Path.Combine(Folder, $"{name}.html"), overwrite: true);

        return drawn;
    }

    /// <summary>Shows the page that way.</summary>
    public async Task LookAsync(Look look)
    {
        await _page.SetViewportSizeAsync(look == Look.Phone ? 390 : 1100, 900);
        await _page.EmulateMediaAsync(new PageEmulateMediaOptions
        {
            ColorScheme = look == Look.Dark ? ColorScheme.Dark : ColorScheme.Light,
            Media = look == Look.Paper ? Media.Print : Media.Screen,
        });
    }

    /// <summary>A picture of the page as it shows now.</summary>
    /// <param name="look">For the file's name.</param>
    public async Task KeepPictureAsync(Look look) => await _page.ScreenshotAsync(
        new PageScreenshotOptions { Path = Path.Combine(Folder, $"{name}-{look}.png".ToLowerInvariant()), FullPage = true });

    public async Task<DrawnChart[]> ChartsAsync() => await _page.EvaluateAsync<DrawnChart[]>(ChartsScript);

    public async Task<string[]> OverlapsAsync() => await _page.EvaluateAsync<string[]>(OverlapsScript);

    public async Task<string[]> OutsideAsync() => await _page.EvaluateAsync<string[]>(OutsideScript);

    public async Task<string[]> LowContrastsAsync() => await _page.EvaluateAsync<string[]>(ContrastScript);

    /// <summary>Pixels that the page is wider than the window.</summary>
    public async Task<int> ExcessWidthAsync() =>
        await _page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async Task<string> TextAsync() => await _page.InnerTextAsync("body");

    public async Task<T> AskAsync<T>(string script) => await _page.EvaluateAsync<T>(script);

    public async ValueTask DisposeAsync() => await _page.Context.CloseAsync();
}
