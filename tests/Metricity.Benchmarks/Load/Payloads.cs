using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Metricity.Benchmarks.Load;

/// <summary>
/// Gateway payloads with the keys and in the order of Discord's own (t, s, op, d), content emptied as it is without the MESSAGE_CONTENT
/// intent. A message is 0.8 to 1.6 kB, 1.0 kB in the mean: one in eight mentions somebody, roles vary from none to ten.
/// </summary>
internal static class Payloads
{
    private static readonly string[] Avatars =
        [.. Enumerable.Range(0, LoadPlan.Authors).Select(author => $"{LoadPlan.Mix(author):x16}{LoadPlan.Mix(author + 7_000_000):x16}")];

    private static readonly string[][] Roles =
        [.. Enumerable.Range(0, 64).Select(seed => Enumerable.Range(0, seed % 11)
            .Select(role => LoadPlan.Text(300_000_000_000_000_000 + (LoadPlan.Mix((seed * 100) + role) >> 10))).ToArray())];

    public static byte[] Hello() => Encoding.UTF8.GetBytes("""{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":3600000}}""");

    public static byte[] Ready(int port) => Dispatch("READY", LoadPlan.ReadySequence, w =>
    {
        w.WriteNumber("v", 10);
        w.WriteStartObject("user");
        w.WriteString("id", "900000000000000001");
        w.WriteString("username", "collector");
        w.WriteBoolean("bot", true);
        w.WriteEndObject();
        w.WriteString("session_id", "9d8fb1e9a5c34c1c8b8b9f8d8f9e3c21");
        w.WriteString("resume_gateway_url", string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}"));
        w.WriteStartArray("guilds");
        w.WriteStartObject();
        w.WriteString("id", LoadPlan.Text(LoadPlan.GuildId));
        w.WriteBoolean("unavailable", true);
        w.WriteEndObject();
        w.WriteEndArray();
    });

    public static byte[] Guild() => Dispatch("GUILD_CREATE", LoadPlan.GuildSequence, w =>
    {
        w.WriteString("id", LoadPlan.Text(LoadPlan.GuildId));
        w.WriteString("name", "Load");
        w.WriteBoolean("unavailable", false);
        w.WriteNumber("member_count", LoadPlan.Authors);
        w.WriteStartArray("channels");
        for (var channel = 0; channel < LoadPlan.Channels; channel++)
        {
            w.WriteStartObject();
            w.WriteString("id", LoadPlan.Text(LoadPlan.ChannelId(channel)));
            w.WriteNumber("type", 0);
            w.WriteString("name", string.Create(CultureInfo.InvariantCulture, $"channel-{channel}"));
            w.WriteNull("parent_id");
            w.WriteNumber("flags", 0);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteStartArray("threads");
        for (var thread = 0; thread < LoadPlan.Threads; thread++)
        {
            w.WriteStartObject();
            w.WriteString("id", LoadPlan.Text(LoadPlan.ThreadId(thread)));
            w.WriteNumber("type", 11);
            w.WriteString("parent_id", LoadPlan.Text(LoadPlan.ChannelId(LoadPlan.ParentOf(thread))));
            w.WriteString("owner_id", LoadPlan.Text(LoadPlan.AuthorId(0)));
            w.WriteString("name", string.Create(CultureInfo.InvariantCulture, $"thread-{thread}"));
            w.WriteStartObject("thread_metadata");
            w.WriteBoolean("archived", false);
            w.WriteNumber("auto_archive_duration", 1440);
            w.WriteString("archive_timestamp", "2024-09-01T10:00:00.000000+00:00");
            w.WriteBoolean("locked", false);
            w.WriteString("create_timestamp", "2024-09-01T10:00:00.000000+00:00");
            w.WriteEndObject();
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteStartArray("members");
        w.WriteEndArray();
    });

    public static byte[] Message(int message) => Dispatch("MESSAGE_CREATE", LoadPlan.SequenceOf(message), w =>
    {
        var author = LoadPlan.AuthorOf(message);
        w.WriteNumber("type", 0);
        w.WriteBoolean("tts", false);
        w.WriteString("timestamp", "2024-09-29T13:37:42.518000+00:00");
        w.WriteBoolean("pinned", false);
        w.WriteString("nonce", LoadPlan.Text(LoadPlan.MessageId(message) + 17));
        w.WriteStartArray("mentions");
        if (LoadPlan.Mix(message + 500_000_000) % 8 == 0)
        {
            var mentioned = LoadPlan.AuthorOf(message + 1);
            w.WriteStartObject();
            User(w, mentioned);
            w.WriteStartObject("member");
            Member(w, mentioned);
            w.WriteEndObject();
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteStartArray("mention_roles");
        w.WriteEndArray();
        w.WriteBoolean("mention_everyone", false);
        w.WriteStartObject("member");
        Member(w, author);
        w.WriteEndObject();
        w.WriteString("id", LoadPlan.Text(LoadPlan.MessageId(message)));
        w.WriteNumber("flags", 0);
        Empty(w, "embeds");
        w.WriteNull("edited_timestamp");
        w.WriteString("content", "");
        Empty(w, "components");
        w.WriteNumber("channel_type", 11);
        w.WriteString("channel_id", LoadPlan.Text(LoadPlan.ThreadId(LoadPlan.ThreadOf(message))));
        w.WriteStartObject("author");
        User(w, author);
        w.WriteEndObject();
        Empty(w, "attachments");
        w.WriteString("guild_id", LoadPlan.Text(LoadPlan.GuildId));
    });

    private static string UserName(int author) =>
        string.Create(CultureInfo.InvariantCulture, $"somebody.{LoadPlan.Mix(author) % 1_000_000}");

    private static void User(Utf8JsonWriter w, int author)
    {
        w.WriteString("username", UserName(author));
        w.WriteNumber("public_flags", author % 7 == 0 ? 64 : 0);
        w.WriteNull("primary_guild");
        w.WriteString("id", LoadPlan.Text(LoadPlan.AuthorId(author)));
        w.WriteString("global_name", "Some Display Name");
        w.WriteNull("display_name_styles");
        w.WriteString("discriminator", "0");
        w.WriteNull("collectibles");
        w.WriteNull("clan");
        w.WriteNull("avatar_decoration_data");
        w.WriteString("avatar", Avatars[author]);
    }

    private static void Member(Utf8JsonWriter w, int author)
    {
        w.WriteStartArray("roles");
        foreach (var role in Roles[author % Roles.Length])
        {
            w.WriteStringValue(role);
        }

        w.WriteEndArray();
        w.WriteNull("premium_since");
        w.WriteBoolean("pending", false);
        w.WriteNull("nick");
        w.WriteBoolean("mute", false);
        w.WriteString("joined_at", "2021-04-12T23:40:39.855000+00:00");
        w.WriteNumber("flags", 0);
        w.WriteBoolean("deaf", false);
        w.WriteNull("communication_disabled_until");
        w.WriteNull("banner");
        w.WriteNull("avatar");
    }

    private static void Empty(Utf8JsonWriter w, string name)
    {
        w.WriteStartArray(name);
        w.WriteEndArray();
    }

    private static byte[] Dispatch(string type, long sequence, Action<Utf8JsonWriter> writeData)
    {
        using var stream = new MemoryStream();
        using (var w = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            w.WriteStartObject();
            w.WriteString("t", type);
            w.WriteNumber("s", sequence);
            w.WriteNumber("op", 0);
            w.WriteStartObject("d");
            writeData(w);
            w.WriteEndObject();
            w.WriteEndObject();
        }

        return stream.ToArray();
    }
}
