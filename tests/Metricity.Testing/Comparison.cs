using System.Globalization;
using Metricity.DiscordSimulator;
using Npgsql;

namespace Metricity.Testing;

/// <summary>
/// Compares the tables with the simulator's truth, row by row. Both sides become text by id, so that a difference can be printed as it
/// is. Which of the truth must be there follows the collection rules: no messages of bots and webhooks, none of types 18 (thread
/// created) and 24 (auto moderation action), nothing the bot was never able to see.
/// </summary>
public sealed class Comparison(SimLedger truth, ulong staffRoleId, NpgsqlDataSource database)
{
    private const int ThreadCreatedMessage = 18;
    private const int AutoModerationMessage = 24;

    private readonly List<LedgerMessage> _messages =
        [.. truth.Messages.Where(IsCollected)];

    /// <summary>Whether the rules say that a message is to be stored.</summary>
    public static bool IsCollected(LedgerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);

        return message is { AuthorIsBot: false, IsWebhook: false, Visible: true }
            && message.Type is not (ThreadCreatedMessage or AutoModerationMessage);
    }

    /// <summary>Compares everything once.</summary>
    public async Task<IReadOnlyList<ComparedTable>> RunAsync(CancellationToken cancellationToken) =>
    [
        Compare("messages", Messages(), await ReadAsync(
            """
            select id, format('channel %s, thread %s, author %s, created %s, type %s, edited %s, deleted %s',
                channel_id, coalesce(thread_id, '-'), author_id, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS.MS'), type,
                coalesce(to_char(edited_at, 'YYYY-MM-DD HH24:MI:SS.MS'), '-'), is_deleted)
            from messages
            """, cancellationToken)),
        Compare("members", Members(), await ReadAsync(
            """
            select id, case when in_guild
                then format('in guild, %s, avatar %s, guild avatar %s, bot %s, pending %s, staff %s',
                    name, coalesce(avatar_hash, '-'), coalesce(guild_avatar_hash, '-'), bot, pending, is_staff)
                else format('not in guild, bot %s', bot) end
            from users
            """, cancellationToken)),
        Compare("threads", Threads(), await ReadAsync(
            """
            select id, format('parent %s, %s, %s, owner %s, archived %s, locked %s, archive after %s, deleted %s',
                parent_channel_id, name, type, owner_id, archived, locked, auto_archive_duration, deleted)
            from threads
            """, cancellationToken)),
        Compare("deletions", Deletions(), await ReadAsync("select id, 'deleted' from messages where is_deleted", cancellationToken)),
        Compare("channels", Channels(), await ReadAsync(
            "select id, format('%s, category %s, deleted %s', name, coalesce(category_id, '-'), deleted) from channels",
            cancellationToken)),
        Compare("categories", Categories(), await ReadAsync(
            "select id, format('%s, deleted %s', name, deleted) from categories", cancellationToken)),
    ];

    private Dictionary<string, string> Messages() => _messages.ToDictionary(m => Id(m.Id), m =>
        $"channel {m.ChannelId}, thread {Id(m.ThreadId)}, author {m.AuthorId}, created {Time(m.CreatedAt)}, type {m.Type}, "
        + $"edited {Time(m.EditedAt)}, deleted {Flag(m.IsDeleted)}");

    private Dictionary<string, string> Deletions() => _messages.Where(m => m.IsDeleted).ToDictionary(m => Id(m.Id), _ => "deleted");

    private Dictionary<string, string> Members() => truth.Users.Where(u => u.EverInGuild).ToDictionary(u => Id(u.Id), u => u.InGuild
        ? $"in guild, {u.Name}, avatar {u.Avatar ?? "-"}, guild avatar {u.GuildAvatar ?? "-"}, bot {Flag(u.Bot)}, "
            + $"pending {Flag(u.Pending)}, staff {Flag(u.Roles.Contains(staffRoleId))}"
        : $"not in guild, bot {Flag(u.Bot)}");

    private Dictionary<string, string> Threads() => truth.Threads.Where(t => t.EverVisible).ToDictionary(t => Id(t.Id), t =>
        $"parent {t.ParentId}, {t.Name}, {t.Type}, owner {t.OwnerId}, archived {Flag(t.Archived)}, locked {Flag(t.Locked)}, "
        + $"archive after {t.AutoArchiveDuration}, deleted {Flag(t.Deleted || t.ParentDeleted)}");

    private Dictionary<string, string> Channels() => truth.Channels.Where(c => c.EverVisible).ToDictionary(
        c => Id(c.Id), c => $"{c.Name}, category {Id(c.CategoryId)}, deleted {Flag(c.Deleted)}");

    private Dictionary<string, string> Categories() => truth.Categories.Where(c => c.EverVisible).ToDictionary(
        c => Id(c.Id), c => $"{c.Name}, deleted {Flag(c.Deleted)}");

    private async Task<Dictionary<string, string>> ReadAsync(string sql, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<string, string>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(reader.GetString(0), reader.GetString(1));
        }

        return rows;
    }

    private static ComparedTable Compare(string name, Dictionary<string, string> expected, Dictionary<string, string> stored)
    {
        var differences = new List<Difference>();
        foreach (var (id, row) in expected)
        {
            if (stored.GetValueOrDefault(id) is var found && found != row)
            {
                differences.Add(new Difference(name, id, found, row));
            }
        }

        var matched = expected.Count - differences.Count;
        differences.AddRange(stored
            .Where(row => !expected.ContainsKey(row.Key))
            .Select(row => new Difference(name, row.Key, row.Value, null)));

        return new ComparedTable(name, matched, expected.Count, differences);
    }

    private static string Id(ulong? id) => id?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>As PostgreSQL's <c>format</c> writes a boolean.</summary>
    private static string Flag(bool value) => value ? "t" : "f";
}
