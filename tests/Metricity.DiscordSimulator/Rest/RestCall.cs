using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Metricity.DiscordSimulator;

/// <summary>
/// A request after routing: every all-digit segment of the path is an id and stands as <c>{id}</c> in the template, and so does the token
/// of an interaction.
/// </summary>
internal sealed record RestCall(string Method, string Template, ulong[] Ids, string? Token, IQueryCollection Query, byte[] Body)
{
    public static RestCall Parse(HttpContext http, string path, byte[] body)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var ids = new List<ulong>();
        for (var i = 0; i < segments.Length; i++)
        {
            if (ulong.TryParse(segments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                ids.Add(id);
                segments[i] = "{id}";
            }
        }

        string? token = null;
        if (segments is ["interactions", _, _, _])
        {
            token = Uri.UnescapeDataString(segments[2]);
            segments[2] = "{id}";
        }

        return new RestCall(http.Request.Method, string.Join('/', segments), [.. ids], token, http.Request.Query, body);
    }

    /// <summary>False when it is there and no id.</summary>
    public bool TryId(string name, out ulong? id)
    {
        id = null;
        if (!Query.TryGetValue(name, out var text))
        {
            return true;
        }

        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = value;
        return true;
    }

    /// <summary>The limit, or the answer that refuses it.</summary>
    public RestAnswer? Limit(int least, int most, int standard, out int limit)
    {
        limit = standard;
        if (!Query.TryGetValue("limit", out var text))
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit))
        {
            return RestAnswer.BadForm("limit", "NUMBER_TYPE_COERCE");
        }

        return limit < least ? RestAnswer.BadForm("limit", "NUMBER_TYPE_MIN")
            : limit > most ? RestAnswer.BadForm("limit", "NUMBER_TYPE_MAX")
            : null;
    }
}
