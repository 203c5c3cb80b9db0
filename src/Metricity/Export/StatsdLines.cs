using System.Globalization;
using Metricity.Events;
using Metricity.Tables;

namespace Metricity.Export;

/// <summary>
/// The lines of the StatsD protocol for guilds. A guild is told apart by its schema alone, never by id or name:
/// <c>metricity.public.messages:12|c</c>.
/// </summary>
internal static class StatsdLines
{
    /// <summary>A part of a name in lower case, and nothing in it that StatsD or Graphite would take for a separator.</summary>
    public static string Part(string schema) =>
        string.Concat(schema.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));

    /// <summary>The five lines of a guild; three while its sizes are not known.</summary>
    /// <param name="news">Rows since the last lines.</param>
    public static string Of(string prefix, string schema, NewRows news, GuildSize? size)
    {
        var name = $"{prefix}.{Part(schema)}";
        var lines = string.Create(
            CultureInfo.InvariantCulture, $"{name}.messages:{news.Messages}|c\n{name}.joins:{news.Joins}|c\n{name}.leaves:{news.Leaves}|c");

        return size is not { } known
            ? lines
            : string.Create(CultureInfo.InvariantCulture, $"{lines}\n{name}.members:{known.Members}|g\n{name}.threads_open:{known.ThreadsOpen}|g");
    }

    /// <summary>Whole guilds in as few datagrams as possible, each with the guilds whose lines are in it.</summary>
    /// <param name="most">Bytes in one datagram; a guild's lines alone always fit.</param>
    public static IEnumerable<(string Text, IReadOnlyList<Snowflake> Guilds)> Pack(
        IEnumerable<(Snowflake Guild, string Lines)> guilds, int most)
    {
        var text = "";
        var inside = new List<Snowflake>();
        foreach (var (guild, lines) in guilds)
        {
            if (inside.Count > 0 && text.Length + 1 + lines.Length > most)
            {
                yield return (text, inside);
                (text, inside) = ("", []);
            }

            text = inside.Count == 0 ? lines : $"{text}\n{lines}";
            inside.Add(guild);
        }

        if (inside.Count > 0)
        {
            yield return (text, inside);
        }
    }
}
