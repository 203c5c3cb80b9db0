using System.Globalization;
using System.Text;

namespace Metricity.Report;

/// <summary>Figures, times and names as both the terminal and the page show them to a person.</summary>
internal static class Words
{
    public const string NotKnown = "not known";

    /// <summary>1,234,567; "not known" for what is not.</summary>
    public static string Count(long? value) => value is { } known ? known.ToString("N0", CultureInfo.InvariantCulture) : NotKnown;

    /// <summary>An average: one decimal from 1 to 100, two below, none above.</summary>
    public static string Average(double? value) => value switch
    {
        null => NotKnown,
        > 0 and < 1 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>For an axis: at most five characters or so, such as 950, 12k, 2.5M.</summary>
    public static string Compact(double value) => Math.Abs(value) switch
    {
        < 10_000 => value.ToString("#,0.###", CultureInfo.InvariantCulture),
        < 1_000_000 => (value / 1_000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        < 1_000_000_000 => (value / 1_000_000).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        < 1_000_000_000_000 => (value / 1_000_000_000).ToString("0.##", CultureInfo.InvariantCulture) + "B",
        < 1_000_000_000_000_000 => (value / 1_000_000_000_000).ToString("0.##", CultureInfo.InvariantCulture) + "T",
        _ => value.ToString("0.#e0", CultureInfo.InvariantCulture),
    };

    /// <summary>Of 0 to 1; rounded down, so that what is not whole is never called 100 %.</summary>
    public static string Percent(double? share) => share is { } known
        ? Math.Floor(Math.Round(known * 100, 6)).ToString("0", CultureInfo.InvariantCulture) + " %"
        : NotKnown;

    /// <summary>A part that is null has still to show.</summary>
    public static string Share(long? part, long whole) =>
        part is not { } known ? "not yet" : whole == 0 ? "–" : Percent((double)known / whole);

    /// <summary>Minutes in the unit that people would use.</summary>
    public static string Duration(double? minutes) => minutes switch
    {
        null => "–",
        < 1 => "under 1 min",
        < 120 => Format($"{minutes:0} min"),
        < 48 * 60 => Format($"{minutes / 60:0.#} h"),
        _ => Format($"{minutes / (24 * 60):#,0.#} days"),
    };

    /// <summary>The change against the period before; empty where there is nothing to compare.</summary>
    public static string Change(double? now, double? before) => (now, before) switch
    {
        (null, _) or (_, null) or (_, 0) => "",
        var (a, b) when a.Value / b.Value >= 1_000 => "over 1,000 times as many",
        var (a, b) when a.Value / b.Value >= 10 => Format($"{a.Value / b.Value:0} times as many"),
        var (a, b) when Math.Abs(a.Value / b.Value - 1) < 0.005 => "no change",
        var (a, b) => Format($"{(a > b ? "+" : "−")}{Math.Abs(a.Value / b.Value - 1) * 100:N0} %"),
    };

    /// <summary>Of a gap: open ones are what is missing.</summary>
    public static string State(string status) => status is "gap" or "open" ? "missing" : Plain(status);

    public static string Minute(Moment at) => at.Local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string Day(Moment? at) => at?.Local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "never";

    /// <summary>A step as a chart's axis names it.</summary>
    public static string Axis(Moment start, ReportStep step) => start.Local.ToString(
        step switch { ReportStep.Hour => "HH:mm", ReportStep.Month => "yyyy-MM", _ => "d MMM" }, CultureInfo.InvariantCulture);

    /// <summary>A step in full.</summary>
    public static string Step(Moment start, ReportStep step) => step switch
    {
        ReportStep.Hour => start.Local.ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        ReportStep.Day => start.Local.ToString("ddd yyyy-MM-dd", CultureInfo.InvariantCulture),
        ReportStep.Week => "week of " + start.Local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => start.Local.ToString("MMM yyyy", CultureInfo.InvariantCulture),
    };

    public static string Noun(ReportStep step) => step switch
    {
        ReportStep.Hour => "hour",
        ReportStep.Day => "day",
        ReportStep.Week => "week",
        _ => "month",
    };

    public static string Weekday(int day) => CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames[day % 7];

    /// <summary>"1 message", "2 messages".</summary>
    public static string Plural(long count, string one) => $"{Count(count)} {one}{(count == 1 ? "" : "s")}";

    /// <summary>
    /// A name that changes nothing around it: characters that steer a terminal or turn the direction of a line become a space. What is left
    /// must still be encoded for HTML or markup.
    /// </summary>
    public static string Plain(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            var steers = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (!steers)
            {
                plain.Append(rune);
            }
            else if (plain.Length > 0 && plain[^1] != ' ')
            {
                plain.Append(' ');
            }
        }

        var text = plain.ToString().Trim();

        return text.Length > 0 ? text : "(no name)";
    }

    /// <summary>A name where there is room for one line of a narrow chart.</summary>
    public static string Brief(string name)
    {
        const int MaxLength = 32;
        var plain = Plain(name);

        return plain.Length > MaxLength ? string.Concat(plain.AsSpan(0, MaxLength - 1), "…") : plain;
    }

    /// <summary>What an asker typed, as an error may quote it.</summary>
    public static string Short(string text)
    {
        const int MaxLength = 60;
        var plain = Plain(text);

        return plain.Length > MaxLength ? plain[..MaxLength] + "…" : plain;
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
