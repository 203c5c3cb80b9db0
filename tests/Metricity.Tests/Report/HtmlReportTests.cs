using System.Net;
using System.Text.RegularExpressions;
using Metricity.Report;

namespace Metricity.Tests.Report;

public sealed class HtmlReportTests
{
    [Fact]
    public void Page_needs_nothing_from_elsewhere()
    {
        var html = HtmlReport.Render(SampleReports.Normal());

        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex(@"<script|<link|<img|<iframe|@import|\ssrc=|https?://|\son\w+=", RegexOptions.IgnoreCase), html);
        Assert.DoesNotMatch(new Regex(@"url\((?!#)"), html);
    }

    [Fact]
    public void Sections_come_in_the_order_of_the_questions_each_with_its_sentence()
    {
        var html = HtmlReport.Render(SampleReports.Normal());

        var at = Sections.All.Select(section => html.IndexOf($"<section id=\"{section.Id}\">", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, at);
        Assert.Equal(at.Order(), at);
        Assert.All(Sections.All, section => Assert.Contains(WebUtility.HtmlEncode(section.Answers), html, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_encoded_wherever_they_stand()
    {
        var html = HtmlReport.Render(SampleReports.WithHostileNames(), [(SampleReports.Hostile, "?guild=\"><script>")]);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u001b', html);
        Assert.DoesNotContain('\u202e', html);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;[red] [2J evil", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Gap_is_hatched_and_has_no_bar()
    {
        var report = SampleReports.WithGaps();

        var chart = Chart(HtmlReport.Render(report), "Messages");

        var known = report.Activity.Where(point => point.Messages is not null).Select(point => $"{point.Messages}");
        Assert.Equal(known, Regex.Matches(chart, "class=\"bar\"[^>]*data-value=\"([0-9]+)\"").Select(match => match.Groups[1].Value));
        Assert.Equal(9, Regex.Count(chart, "class=\"gap\"")); // eight days not known, one in part
        Assert.Contains("not known", chart, StringComparison.Ordinal);
        Assert.Contains("only 75 % collected", chart, StringComparison.Ordinal);
    }

    [Fact]
    public void Guild_of_which_nothing_is_known_is_not_called_silent()
    {
        var report = SampleReports.Empty() with { Now = new PeriodFigures(null, null, null, null, null, null, null, null, 0) };

        var html = HtmlReport.Render(report);

        Assert.Contains(CoverageWords.NothingKnown, html, StringComparison.Ordinal);
        Assert.DoesNotContain(Sections.Overview.Nothing, html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(20, false)]
    [InlineData(21, true)]
    [InlineData(400, true)]
    public void Channels_beyond_the_first_twenty_are_folded_away_and_none_is_lost(int channels, bool isFolded)
    {
        var report = SampleReports.Make(30, channels) with { Quiet = [] };

        var html = HtmlReport.Render(report);

        Assert.Equal(isFolded, html.Contains("<details>", StringComparison.Ordinal));
        Assert.All(report.Channels, channel => Assert.Contains($"<bdi>{channel.Name}</bdi>", html, StringComparison.Ordinal));
        Assert.True(html.Length < 1_000_000, $"{html.Length} characters are too many for a phone");
    }

    [Fact]
    public void Comparison_is_left_out_where_a_period_was_not_collected()
    {
        var report = SampleReports.Normal();

        Assert.Contains("+10 % (before: 43,386)", HtmlReport.Render(report), StringComparison.Ordinal);
        Assert.DoesNotContain("+10 %", HtmlReport.Render(report with { Before = report.Before with { Covered = 0.4 } }), StringComparison.Ordinal);
        Assert.DoesNotContain("+10 %", HtmlReport.Render(report with { Before = report.Before with { Ledgered = 0.4 } }), StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_numbers_keep_every_digit_in_tables()
    {
        Assert.Contains("9,007,199,254,740,993", HtmlReport.Render(SampleReports.WithHugeNumbers()), StringComparison.Ordinal);
    }

    /// <summary>From the caption on to the end of the figure.</summary>
    private static string Chart(string html, string name) =>
        Regex.Match(html, $"<figure class=\"chart\"><figcaption>{name} .*?</figure>", RegexOptions.Singleline).Value;
}
