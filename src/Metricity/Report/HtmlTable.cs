namespace Metricity.Report;

/// <summary>One column of a table.</summary>
/// <param name="Head">Also stands before the value where the table is folded for a phone.</param>
internal sealed record HtmlColumn<T>(string Head, bool IsNumber, Action<HtmlText, T> Cell);

/// <summary>Tables of the page. The first column names the row; on a phone each row becomes a block of its own.</summary>
internal static class HtmlTable
{
    /// <param name="shown">Rows that are there at once; the others can be folded out.</param>
    /// <param name="noun">What a row is, in the singular.</param>
    public static void Add<T>(HtmlText html, IReadOnlyList<T> rows, int shown, string noun, params IReadOnlyList<HtmlColumn<T>> columns)
    {
        Part(html, [.. rows.Take(shown)], columns);
        if (rows.Count > shown)
        {
            html.Add($"<details><summary>{Words.Count(rows.Count - shown)} more {noun}{(rows.Count - shown == 1 ? "" : "s")}</summary>");
            Part(html, [.. rows.Skip(shown)], columns);
            html.Add($"</details>");
        }
    }

    private static void Part<T>(HtmlText html, IReadOnlyList<T> rows, IReadOnlyList<HtmlColumn<T>> columns)
    {
        html.Add($"<table><thead><tr>");
        foreach (var column in columns)
        {
            html.Add($"""<th scope="col" class="{Css(column)}">{column.Head}</th>""");
        }

        html.Add($"</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Add($"<tr>");
            foreach (var column in columns)
            {
                html.Add($"""<td class="{Css(column)}" data-head="{column.Head}"><div>""");
                column.Cell(html, row);
                html.Add($"</div></td>");
            }

            html.Add($"</tr>");
        }

        html.Add($"</tbody></table>");
    }

    private static string Css<T>(HtmlColumn<T> column) => column.IsNumber ? "n" : "t";
}
