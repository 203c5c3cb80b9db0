using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Metricity.Report;

/// <summary>
/// Builds a page. Literal parts of an interpolated string are markup, what stands in braces is text and gets encoded: a name can become
/// markup nowhere.
/// </summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Handler markup) => this;

    /// <summary>A style sheet as it is. Must be the program's own text.</summary>
    public HtmlText AddStyle(string css)
    {
        _text.Append(css);

        return this;
    }

    [InterpolatedStringHandler]
    internal readonly ref struct Handler
    {
        private readonly StringBuilder _text;

        public Handler(int literalLength, int formattedCount, HtmlText html)
        {
            _text = html._text;
            _text.EnsureCapacity(_text.Length + literalLength + (formattedCount * 8));
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(text));

        public void AppendFormatted(long number) => _text.Append(CultureInfo.InvariantCulture, $"{number}");

        public void AppendFormatted(double number) => _text.Append(CultureInfo.InvariantCulture, $"{Math.Round(number, 3)}");
    }
}
