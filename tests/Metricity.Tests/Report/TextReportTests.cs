using System.Text.RegularExpressions;
using Metricity.Report;
using Spectre.Console;

namespace Metricity.Tests.Report;

public sealed class TextReportTests
{
    public static TheoryData<string, int> Widths => new()
    {
        { "normal", 80 }, { "normal", 120 }, { "empty", 80 }, { "one-day", 80 }, { "gaps", 80 }, { "year", 120 }, { "hostile", 80 }, { "huge", 120 },
    };

    [Theory]
    [MemberData(nameof(Widths))]
    public void Report_fits_the_terminal_and_tells_every_section(string sample, int width)
    {
        var text = Render(Sample(sample), width);

        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= width, line));
        Assert.All(Sections.All, section => Assert.Contains(section.Title, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Empty_guild_gets_a_sentence_for_every_question()
    {
        var text = Render(SampleReports.Empty(), 200);

        Assert.All(Sections.All, section => Assert.Contains(section.Nothing, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_cannot_steer_the_terminal_or_its_markup()
    {
        var text = Render(SampleReports.WithHostileNames(), 300);

        Assert.Contains("<script>alert('x')</script>\"&[red] [2J evil", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => c is '\u001b' or '\u202e' or '\0');
    }

    [Fact]
    public void Bars_are_as_long_as_the_figures_and_gaps_have_none()
    {
        var report = SampleReports.WithGaps();
        var text = Render(report, 120);

        var most = report.Activity.Max(point => point.Messages)!.Value;
        foreach (var point in report.Activity)
        {
            var line = text.Split('\n').First(line => line.Contains(Words.Step(point.Start, report.Step), StringComparison.Ordinal));
            var length = line.Count(c => c == '█');
            Assert.Equal(point.Messages is { } messages ? (int)Math.Round(28.0 * messages / most) : 0, length);
            Assert.Equal(point.Messages is null, line.Contains(Words.NotKnown, StringComparison.Ordinal));
        }

        Assert.Contains("75 % collected", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Terminal_without_unicode_gets_plain_signs()
    {
        var text = Render(SampleReports.WithGaps(), 120, isUnicode: false);

        Assert.Matches(new Regex("#{10}"), text);
        Assert.DoesNotContain('█', text);
    }

    [Fact]
    public void Long_list_is_cut_with_a_word_on_the_rest_unless_channels_were_chosen()
    {
        var report = SampleReports.Make(30, 400);

        Assert.Contains("380 channels more", Render(report, 120), StringComparison.Ordinal);
        Assert.Contains("topic-399", Render(report with { ChannelsAreChosen = true }, 120), StringComparison.Ordinal);
    }

    private static GuildReport Sample(string name) => name switch
    {
        "empty" => SampleReports.Empty(),
        "one-day" => SampleReports.OneDay(),
        "gaps" => SampleReports.WithGaps(),
        "year" => SampleReports.Year(),
        "hostile" => SampleReports.WithHostileNames(),
        "huge" => SampleReports.WithHugeNumbers(),
        _ => SampleReports.Normal(),
    };

    private static string Render(GuildReport report, int width, bool isUnicode = true)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = isUnicode;
        new TextReport(console, report).Write();

        return text.ToString();
    }
}
