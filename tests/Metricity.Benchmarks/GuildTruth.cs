using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Metricity.Benchmarks;

/// <summary>What the simulator says its guild is (its page <c>/sim/truth</c>): a line of text for each row that must be there.</summary>
internal sealed class GuildTruth
{
    private readonly Dictionary<string, HashSet<string>> _tables;

    private GuildTruth(string id, Dictionary<string, HashSet<string>> tables)
    {
        Id = id;
        _tables = tables;
    }

    public string Id { get; }

    public static async Task<GuildTruth> FetchAsync(int port)
    {
        using var client = new HttpClient();
        await using var body = await client.GetStreamAsync(new Uri($"http://127.0.0.1:{port}/sim/truth"));
        using var truth = await JsonDocument.ParseAsync(body);
        var root = truth.RootElement;

        return new GuildTruth(Text(root, "guild_id"), new Dictionary<string, HashSet<string>>
        {
            ["select concat_ws('|', id, name, deleted) from categories"] = Rows(root, "categories", row =>
                $"{Text(row, "id")}|{Text(row, "name")}|f"),
            ["select concat_ws('|', id, name, coalesce(category_id, '-'), deleted) from channels"] = Rows(root, "channels", row =>
                $"{Text(row, "id")}|{Text(row, "name")}|{Text(row, "category_id")}|f"),
            ["select concat_ws('|', id, name, parent_channel_id, owner_id, archived, auto_archive_duration, locked, type) from threads"] =
                Rows(root, "threads", row => $"{Text(row, "id")}|{Text(row, "name")}|{Text(row, "parent_id")}|{Text(row, "owner_id")}|"
                    + $"{Text(row, "archived")}|{Text(row, "auto_archive_duration")}|{Text(row, "locked")}|{Text(row, "type")}"),
            ["""
                select concat_ws('|', id, name, coalesce(avatar_hash, '-'), coalesce(guild_avatar_hash, '-'), bot, in_guild, pending,
                    to_char(joined_at, 'YYYY-MM-DD HH24:MI:SS.MS'))
                from users
                """] = Rows(root, "users", row =>
                $"{Text(row, "id")}|{Text(row, "name")}|{Text(row, "avatar")}|{Text(row, "guild_avatar")}|{Text(row, "bot")}|"
                    + $"{Text(row, "in_guild")}|{Text(row, "pending")}|"
                    + row.GetProperty("joined_at").GetDateTimeOffset().UtcDateTime
                        .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)),
        });
    }

    /// <summary>Rows that are missing, wrong or too many.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(NpgsqlDataSource database)
    {
        var differences = new List<string>();
        foreach (var (sql, expected) in _tables)
        {
            await using var command = database.CreateCommand(sql);
            await using var reader = await command.ExecuteReaderAsync();
            var stored = new HashSet<string>();
            while (await reader.ReadAsync())
            {
                stored.Add(reader.GetString(0));
            }

            differences.AddRange(expected.Except(stored).Select(row => "not stored: " + row));
            differences.AddRange(stored.Except(expected).Select(row => "stored: " + row));
        }

        return differences;
    }

    private static HashSet<string> Rows(JsonElement root, string list, Func<JsonElement, string> line) =>
        [.. root.GetProperty(list).EnumerateArray().Select(line)];

    private static string Text(JsonElement row, string name) => row.GetProperty(name) is var value && value.ValueKind == JsonValueKind.Null
        ? "-"
        : value.ValueKind switch
        {
            JsonValueKind.True => "t",
            JsonValueKind.False => "f",
            _ => value.ToString(),
        };
}
