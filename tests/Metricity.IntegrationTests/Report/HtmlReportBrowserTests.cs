using Metricity.Report;
using Metricity.Testing;
using Metricity.Tests.Report;

namespace Metricity.IntegrationTests.Report;

/// <summary>The page as a browser draws it: light, dark, on a phone, on paper. The pictures are in <c>artifacts/report</c>.</summary>
public sealed class HtmlReportBrowserTests(Browser browser) : IClassFixture<Browser>
{
    /// <summary>Pixels by which a bar may be off: one message is drawn at least a pixel high, and browsers round.</summary>
    private const double Rounding = 1.01;

    private static readonly Dictionary<string, Func<GuildReport>> Samples = new()
    {
        ["normal"] = SampleReports.Normal,
        ["empty"] = SampleReports.Empty,
        ["one-day"] = SampleReports.OneDay,
        ["gaps"] = SampleReports.WithGaps,
        ["year"] = SampleReports.Year,
        ["hostile"] = SampleReports.WithHostileNames,
        ["huge"] = SampleReports.WithHugeNumbers,
    };

    /// <summary>Usually the widest texts, the widest figures, and hatched stretches; plain pages are less of the same.</summary>
    public static TheoryData<string> Drawn => TestLength.IsLong ? [.. Samples.Keys] : ["hostile", "huge", "gaps"];

    [Theory]
    [MemberData(nameof(Drawn))]
    public async Task Page_can_be_read_light_dark_on_a_phone_and_on_paper(string sample)
    {
        await using var page = await DrawnPage.OpenAsync(browser, Samples[sample](), sample);
        foreach (var look in Enum.GetValues<Look>())
        {
            await page.LookAsync(look);
            await page.KeepPictureAsync(look);

            Assert.Equal(0, await page.ExcessWidthAsync());
            Assert.Empty(await page.OutsideAsync());
            Assert.Empty(await page.OverlapsAsync());
            Assert.Empty(await page.LowContrastsAsync());
            foreach (var chart in await page.ChartsAsync())
            {
                Assert.NotEmpty(chart.Caption);
                Assert.NotEmpty(chart.Unit);
                Assert.True(chart.Labels.Length >= 4, $"{chart.Caption} has only the labels {string.Join(", ", chart.Labels)}");
            }
        }

        Assert.Single(page.Requests); // its own file, and nothing else
    }

    [Theory]
    [InlineData("normal", Look.Light)]
    [InlineData("normal", Look.Phone)]
    [InlineData("one-day", Look.Light)]
    [InlineData("gaps", Look.Dark)]
    [InlineData("year", Look.Light)]
    public async Task Bars_are_as_high_as_the_figures(string sample, Look look)
    {
        var report = Samples[sample]();
        await using var page = await DrawnPage.OpenAsync(browser, report, sample);
        await page.LookAsync(look);

        var charts = await page.ChartsAsync();

        AssertDrawn(charts.First(chart => chart.Caption == "Messages").Bars, report.Activity.Select(point => point.Messages));
        AssertDrawn(charts.First(chart => chart.Caption == "Active users").Bars, report.Activity.Select(point => point.ActiveUsers));
        AssertDrawn(charts.Single(chart => chart.Caption == "Help threads").Bars, report.HelpPoints.Select(point => point.Opened));
        var moves = charts.Single(chart => chart.Caption == "Joins and leaves");
        AssertDrawn(moves.Bars, report.Members.Select(point => point.Joins));
        AssertDrawn(moves.Down, report.Members.Select(point => point.Leaves));
        AssertOneScale(moves.Bars.Concat(moves.Down));
        var channels = charts.Where(chart => report.ChannelSeries.Any(series => Words.Brief(series.Name) == chart.Caption)).ToList();
        Assert.Equal(report.ChannelSeries.Count, channels.Count);
        AssertOneScale(channels.SelectMany(chart => chart.Bars));
    }

    [Theory]
    [InlineData(Look.Light)]
    [InlineData(Look.Dark)]
    [InlineData(Look.Phone)]
    public async Task What_is_not_known_is_hatched_and_has_no_bar(Look look)
    {
        var report = SampleReports.WithGaps();
        await using var page = await DrawnPage.OpenAsync(browser, report, "gaps");
        await page.LookAsync(look);

        var chart = (await page.ChartsAsync()).First(chart => chart.Caption == "Messages");

        var unknown = report.Activity.Count(point => point.Messages is null);
        Assert.Equal(8, unknown);
        Assert.Equal(report.Activity.Count - unknown, chart.Bars.Length);
        Assert.Equal(unknown + 1, chart.Gaps.Length); // and the day that is known in part
        Assert.Contains("#hatch", chart.GapFill, StringComparison.Ordinal);
        var highest = chart.Bars.Max(bar => bar.Height);
        Assert.All(chart.Gaps, gap => Assert.True(gap.Height >= highest, "a hatched stretch is as high as the chart"));
        Assert.Equal(1, chart.Gaps.Count(gap => chart.Bars.Any(bar => gap.X < bar.X + bar.Width && bar.X < gap.X + gap.Width)));
    }

    [Fact]
    public async Task Empty_guild_says_so_in_every_section()
    {
        await using var page = await DrawnPage.OpenAsync(browser, SampleReports.Empty(), "empty");

        var text = await page.TextAsync();

        Assert.All(Sections.All, section => Assert.Contains(section.Nothing, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hostile_names_are_text()
    {
        await using var page = await DrawnPage.OpenAsync(browser, SampleReports.WithHostileNames(), "hostile");

        Assert.Equal(0, await page.AskAsync<int>("() => document.scripts.length"));
        Assert.Contains("<script>alert('x')</script>\"&[red] [2J evil", await page.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paper_shows_what_is_folded_away_on_the_screen()
    {
        await using var page = await DrawnPage.OpenAsync(browser, SampleReports.Normal(), "normal");
        await page.LookAsync(Look.Paper);

        Assert.Equal(0, await page.AskAsync<int>("() => [...document.querySelectorAll('nav, summary')].filter(e => e.checkVisibility()).length"));
        Assert.Equal(
            0, await page.AskAsync<int>("() => [...document.querySelectorAll('td')].filter(e => !e.getClientRects().length).length"));
        Assert.Equal("rgb(255, 255, 255)", await page.AskAsync<string>("() => getComputedStyle(document.body).backgroundColor"));
    }

    private static void AssertDrawn(IReadOnlyList<DrawnBox> bars, IEnumerable<long?> figures)
    {
        Assert.Equal(figures.Where(figure => figure is not null).Select(figure => (double)figure!), bars.Select(bar => bar.Value));
        AssertOneScale(bars);
        Assert.Equal(bars.OrderBy(bar => bar.X), bars);
    }

    /// <summary>Heights are in proportion to the values.</summary>
    private static void AssertOneScale(IEnumerable<DrawnBox> boxes)
    {
        var bars = boxes.ToList();
        var highest = bars.MaxBy(bar => bar.Value)!;
        Assert.True(highest.Height > 20, "the highest bar is hardly to be seen");
        Assert.All(bars, bar => Assert.Equal(highest.Height * bar.Value / highest.Value, bar.Height, Rounding));
    }
}
