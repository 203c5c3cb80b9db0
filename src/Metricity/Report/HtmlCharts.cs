namespace Metricity.Report;

/// <summary>One bar of a chart over time.</summary>
/// <param name="Axis">Short, for the axis.</param>
/// <param name="Title">In full, for the tooltip; the value is added.</param>
/// <param name="Value">Null = not known.</param>
/// <param name="Inner">A part of the value, drawn inside of it; null = none.</param>
/// <param name="Covered">0 to 1; null = not known to the ledger, which a value that is there does not mind.</param>
internal sealed record Bar(string Axis, string Title, double? Value, double? Inner, double? Covered);

/// <summary>
/// Charts as inline SVG without a script. Positions along the page are percentages and heights are pixels, so a chart fills any width while
/// its text keeps its size. What is not known is hatched over the whole height: it must not look like a low bar.
/// </summary>
internal static class HtmlCharts
{
    /// <summary>Below it a step is hatched behind its bar: less than half an hour of a day is left to the section on gaps.</summary>
    public const double Whole = 0.98;

    private const int Top = 8;
    private const int AxisHeight = 24;

    /// <summary>Labels that fit a phone are half of those that fit a page.</summary>
    private const int MaxLabels = 8;

    /// <summary>Bars from zero upwards.</summary>
    /// <param name="unit">What one unit is and per what, such as "messages a day".</param>
    /// <param name="most">Top of the scale, for charts that are compared; null = this chart's own highest value.</param>
    /// <param name="format">Of a value in a tooltip.</param>
    public static void Bars(
        HtmlText html, string name, string unit, IReadOnlyList<Bar> bars, Func<double, string> format, double? most = null, int height = 150)
    {
        var scale = new ChartScale(0, most ?? bars.Max(bar => bar.Value) ?? 0);
        Begin(html, name, unit, height, scale);
        var plot = height - Top - AxisHeight;
        for (var i = 0; i < bars.Count; i++)
        {
            var bar = bars[i];
            Hatch(html, i, bars.Count, plot, bar);
            if (bar.Value is not { } value)
            {
                continue;
            }

            Column(html, "bar", i, bars.Count, Y(scale, value, plot), Y(scale, 0, plot), value, $"{bar.Title}: {format(value)}");
            if (bar.Inner is { } inner)
            {
                Column(html, "bar inner", i, bars.Count, Y(scale, inner, plot), Y(scale, 0, plot), inner, null);
            }
        }

        Labels(html, [.. bars.Select(bar => bar.Axis)], height);
        End(html);
    }

    /// <summary>One quantity upwards and one downwards from a line in the middle.</summary>
    public static void UpAndDown(HtmlText html, string name, string unit, IReadOnlyList<(Bar Up, Bar Down)> bars, int height = 170)
    {
        var scale = new ChartScale(
            -(bars.Max(bar => bar.Down.Value) ?? 0), bars.Max(bar => bar.Up.Value) ?? 0);
        Begin(html, name, unit, height, scale);
        var plot = height - Top - AxisHeight;
        for (var i = 0; i < bars.Count; i++)
        {
            var (up, down) = bars[i];
            Hatch(html, i, bars.Count, plot, up);
            if (up.Value is { } above)
            {
                Column(html, "bar", i, bars.Count, Y(scale, above, plot), Y(scale, 0, plot), above, $"{up.Title}: {Words.Count((long)above)}");
            }

            if (down.Value is { } below)
            {
                Column(
                    html, "bar down", i, bars.Count, Y(scale, 0, plot), Y(scale, -below, plot), below, $"{down.Title}: {Words.Count((long)below)}");
            }
        }

        Labels(html, [.. bars.Select(bar => bar.Up.Axis)], height);
        End(html);
    }

    /// <summary>A line whose scale need not begin at zero; it is broken where nothing is known.</summary>
    public static void Line(HtmlText html, string name, string unit, IReadOnlyList<Bar> points, int height = 130)
    {
        var known = points.Where(point => point.Value is not null).Select(point => point.Value!.Value).DefaultIfEmpty(0).ToList();
        var scale = new ChartScale(known.Min(), known.Max(), fromZero: false);
        Begin(html, name, unit, height, scale);
        var plot = height - Top - AxisHeight;
        for (var i = 0; i < points.Count; i++)
        {
            Hatch(html, i, points.Count, plot, points[i]);
            if (points[i].Value is not { } value)
            {
                continue;
            }

            var (x, y) = (Centre(i, points.Count), Y(scale, value, plot));
            if (i > 0 && points[i - 1].Value is { } earlier)
            {
                html.Add(
                    $"""<line class="line" x1="{Centre(i - 1, points.Count)}%" y1="{Y(scale, earlier, plot)}" x2="{x}%" y2="{y}"/>""");
            }

            html.Add(
                $"""
                <circle class="point" cx="{x}%" cy="{y}" r="2.5" data-value="{value}">
                <title>{points[i].Title}: {Words.Count((long)value)}</title></circle>
                """);
        }

        Labels(html, [.. points.Select(point => point.Axis)], height);
        End(html);
    }

    /// <summary>Seven days of 24 hours: the darker, the more.</summary>
    public static void Week(HtmlText html, string name, string unit, IReadOnlyList<HourOfWeek> hours, Func<HourOfWeek, double?> value)
    {
        const int Row = 20;
        var most = hours.Max(value) is { } highest and > 0 ? highest : 1;
        const int Height = Top + (7 * Row) + AxisHeight;
        Open(html, name, unit, Height);
        for (var day = 1; day <= 7; day++)
        {
            html.Add($"""<text x="38" y="{Top + ((day - 1) * Row) + 14}" text-anchor="end">{Words.Weekday(day)}</text>""");
        }

        html.Add($"""</svg><svg class="x" height="{Height}" role="img" aria-label="{name}, {unit}">""");
        foreach (var hour in hours)
        {
            var title = $"{Words.Weekday(hour.Day)} {hour.Hour:00}:00";
            var (x, y, width) = (hour.Hour / 24.0 * 100, Top + ((hour.Day - 1) * Row), 100 / 24.0);
            if (hour.Hours > 0 && value(hour) is { } known)
            {
                // Even the least that is not zero must be told from zero, which is bare.
                var strength = known <= 0 ? 0 : 0.1 + (0.9 * known / most);
                html.Add(
                    $"""
                    <rect class="cell" x="{x}%" y="{y}" width="{width}%" height="{Row}" fill-opacity="{strength}" data-value="{known}">
                    <title>{title}: {Words.Average(known)}</title></rect>
                    """);
            }
            else
            {
                html.Add(
                    $"""
                    <rect class="cell gap" x="{x}%" y="{y}" width="{width}%" height="{Row}"><title>{title}: {Words.NotKnown}</title></rect>
                    """);
            }
        }

        Labels(html, [.. Enumerable.Range(0, 24).Select(hour => $"{hour:00}:00")], Height);
        html.Add(
            $"""</svg></div><p class="key">No colour: none. Full colour: {Words.Average(most)}. Hatched: {Words.NotKnown}.</p></figure>""");
    }

    /// <summary>A bar inside a table's cell.</summary>
    public static void InCell(HtmlText html, double share) =>
        html.Add(
            $"""
            <svg class="incell" height="8" aria-hidden="true">
            <rect class="bar" width="{Math.Clamp(share, 0, 1) * 100}%" height="8" rx="1"/></svg>
            """);

    /// <summary>What colours mean.</summary>
    /// <param name="keys">Class of the swatch, and the words beside it.</param>
    public static void Keys(HtmlText html, params IReadOnlyList<(string Css, string Meaning)> keys)
    {
        html.Add($"""<div class="keys">""");
        foreach (var (css, meaning) in keys)
        {
            html.Add($"""<span><i class="swatch {css}"></i>{meaning}</span>""");
        }

        html.Add($"</div>");
    }

    /// <summary>Up to the marks of the vertical axis.</summary>
    private static void Open(HtmlText html, string name, string unit, int height) => html.Add(
        $"""
        <figure class="chart"><figcaption>{name} <span class="unit">{unit}</span></figcaption>
        <div class="plot"><svg class="y" height="{height}" aria-hidden="true">
        """);

    private static void Begin(HtmlText html, string name, string unit, int height, ChartScale scale)
    {
        var plot = height - Top - AxisHeight;
        Open(html, name, unit, height);
        foreach (var tick in scale.Ticks)
        {
            html.Add($"""<text x="38" y="{Y(scale, tick, plot) + 4}" text-anchor="end">{Words.Compact(Math.Abs(tick))}</text>""");
        }

        html.Add($"""</svg><svg class="x" height="{height}" role="img" aria-label="{name}, {unit}">""");
        foreach (var tick in scale.Ticks)
        {
            var y = Y(scale, tick, plot);
            html.Add($"""<line class="{(tick == 0 ? "zero" : "grid")}" x1="0" y1="{y}" x2="100%" y2="{y}"/>""");
        }
    }

    private static void End(HtmlText html) => html.Add($"</svg></div></figure>");

    private static void Hatch(HtmlText html, int i, int count, int plot, Bar bar)
    {
        if (bar.Value is null || bar.Covered < Whole)
        {
            var what = bar.Value is null ? Words.NotKnown : $"only {Words.Percent(bar.Covered)} collected";
            html.Add(
                $"""
                <rect class="gap" x="{100.0 * i / count}%" y="{Top}" width="{100.0 / count}%" height="{plot}">
                <title>{bar.Title}: {what}</title></rect>
                """);
        }
    }

    private static void Column(
        HtmlText html, string css, int i, int count, double from, double to, double value, string? title)
    {
        // At least a pixel: one message must not look like none.
        var height = value > 0 ? Math.Max(1, to - from) : 0;
        var (x, y) = ((i + 0.12) / count * 100, css == "bar down" ? from : to - height);
        html.Add($"""<rect class="{css}" x="{x}%" y="{y}" width="{0.76 / count * 100}%" height="{height}" data-value="{value}">""");
        if (title is not null)
        {
            html.Add($"<title>{title}</title>");
        }

        html.Add($"</rect>");
    }

    private static void Labels(HtmlText html, IReadOnlyList<string> labels, int height)
    {
        var every = Math.Max(1, (int)Math.Ceiling(labels.Count / (double)MaxLabels));
        for (var i = 0; i < labels.Count; i += every)
        {
            // The last one would stick out at the side.
            if (labels.Count <= 5 || Centre(i, labels.Count) <= 95)
            {
                var css = i / every % 2 == 1 && labels.Count > 5 ? "wide" : "any";
                html.Add($"""<text class="{css}" x="{Centre(i, labels.Count)}%" y="{height - 4}" text-anchor="middle">{labels[i]}</text>""");
            }
        }
    }

    private static double Centre(int i, int count) => (i + 0.5) / count * 100;

    private static double Y(ChartScale scale, double value, int plot) => Top + (plot * (1 - scale.Share(value)));
}
