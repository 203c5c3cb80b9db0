using System.Collections.Concurrent;
using System.Text;

namespace Metricity.Tables;

/// <summary>
/// <c>users.public_flags</c> in the very text that the original stores: discord.py 2.4.0's <c>dict(member.public_flags)</c> through
/// Python's <c>json.dumps</c>. Compared as text, so a difference in spacing would rewrite every adopted user.
/// </summary>
internal static class PublicFlags
{
    /// <summary>Name and bit, in the original's order. Bits without a name vanish.</summary>
    private static readonly (string Name, int Bit)[] Flags =
    [
        ("staff", 0),
        ("partner", 1),
        ("hypesquad", 2),
        ("bug_hunter", 3),
        ("hypesquad_bravery", 6),
        ("hypesquad_brilliance", 7),
        ("hypesquad_balance", 8),
        ("early_supporter", 9),
        ("team_user", 10),
        ("system", 12),
        ("bug_hunter_level_2", 14),
        ("verified_bot", 16),
        ("verified_bot_developer", 17),
        ("discord_certified_moderator", 18),
        ("bot_http_interactions", 19),
        ("spammer", 20),
        ("active_developer", 22),
    ];

    private static readonly long NamedBits = Flags.Aggregate(0L, (bits, flag) => bits | (1L << flag.Bit));

    /// <summary>A guild has a few hundred combinations; beyond <see cref="MaxCached"/> texts are made anew each time.</summary>
    private static readonly ConcurrentDictionary<long, string> Texts = [];

    private const int MaxCached = 4_096;

    /// <summary>The flags that have a name: two values with the same named bits have the same text.</summary>
    public static long Named(long flags) => flags & NamedBits;

    public static string ToJson(long flags)
    {
        var named = Named(flags);
        if (Texts.TryGetValue(named, out var text))
        {
            return text;
        }

        text = Build(named);
        if (Texts.Count < MaxCached)
        {
            Texts.TryAdd(named, text);
        }

        return text;
    }

    private static string Build(long flags)
    {
        var text = new StringBuilder("{");
        foreach (var (name, bit) in Flags)
        {
            text.Append(text.Length == 1 ? "\"" : ", \"").Append(name).Append("\": ").Append((flags & (1L << bit)) != 0 ? "true" : "false");
        }

        return text.Append('}').ToString();
    }
}
