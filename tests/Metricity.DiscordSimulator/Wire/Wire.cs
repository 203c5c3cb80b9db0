using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>
/// Turns the world into Discord's JSON, for gateway and REST. Owns one buffer, so it is used under the world's lock only,
/// and <see cref="Build"/> must not be nested.
/// </summary>
internal sealed partial class Wire(SimWorld world)
{
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private Utf8JsonWriter? _writer;

    private string? Canary => world.Options.Canary;

    public byte[] Build(Action<Utf8JsonWriter> write)
    {
        var writer = _writer ??= new Utf8JsonWriter(_buffer, WriterOptions);
        write(writer);
        writer.Flush();
        var bytes = _buffer.WrittenSpan.ToArray();
        _buffer.ResetWrittenCount();
        writer.Reset();
        return bytes;
    }

    public static void Id(Utf8JsonWriter w, ReadOnlySpan<byte> name, ulong id)
    {
        Span<byte> text = stackalloc byte[20];
        id.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        w.WriteString(name, text[..length]);
    }

    public static void Id(Utf8JsonWriter w, ReadOnlySpan<byte> name, ulong? id)
    {
        if (id is { } value)
        {
            Id(w, name, value);
        }
        else
        {
            w.WriteNull(name);
        }
    }

    public static void Ids(Utf8JsonWriter w, ReadOnlySpan<byte> name, IEnumerable<ulong> ids)
    {
        Span<byte> text = stackalloc byte[20];
        w.WriteStartArray(name);
        foreach (var id in ids)
        {
            id.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
            w.WriteStringValue(text[..length]);
        }

        w.WriteEndArray();
    }

    /// <summary>As Discord writes it: microseconds, always +00:00, no fraction when it is zero.</summary>
    public static void Time(Utf8JsonWriter w, ReadOnlySpan<byte> name, DateTimeOffset? at)
    {
        if (at is not { } value)
        {
            w.WriteNull(name);
            return;
        }

        // "O" gives yyyy-MM-ddTHH:mm:ss.fffffffZ: cut after the microseconds, or before the fraction.
        Span<byte> text = stackalloc byte[34];
        value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        var length = value.UtcTicks % TimeSpan.TicksPerSecond < TimeSpan.TicksPerMicrosecond ? 19 : 26;
        "+00:00"u8.CopyTo(text[length..]);
        w.WriteString(name, text[..(length + 6)]);
    }

    public static void Role(Utf8JsonWriter w, SimRole role)
    {
        w.WriteStartObject();
        Id(w, "id"u8, role.Id);
        w.WriteString("name"u8, role.Name);
        Id(w, "permissions"u8, role.Permissions);
        w.WriteNumber("position"u8, role.Position);
        w.WriteNumber("color"u8, 0);
        w.WriteStartObject("colors"u8);
        w.WriteNumber("primary_color"u8, 0);
        w.WriteNull("secondary_color"u8);
        w.WriteNull("tertiary_color"u8);
        w.WriteEndObject();
        w.WriteBoolean("hoist"u8, false);
        w.WriteBoolean("managed"u8, false);
        w.WriteBoolean("mentionable"u8, false);
        w.WriteNull("icon"u8);
        w.WriteNull("unicode_emoji"u8);
        w.WriteNumber("flags"u8, 0);
        w.WriteEndObject();
    }

    public void User(Utf8JsonWriter w, SimUser user)
    {
        w.WriteStartObject();
        UserFields(w, user);
        w.WriteEndObject();
    }

    /// <summary>The bot's own account as READY and <c>/users/@me</c> show it.</summary>
    public void Self(Utf8JsonWriter w)
    {
        w.WriteStartObject();
        UserFields(w, world.Bot);
        w.WriteNumber("flags"u8, 0);
        w.WriteBoolean("verified"u8, true);
        w.WriteNull("email"u8);
        w.WriteBoolean("mfa_enabled"u8, false);
        w.WriteEndObject();
    }

    public void Application(Utf8JsonWriter w, bool partial)
    {
        w.WriteStartObject();
        Id(w, "id"u8, world.ApplicationId);
        if (!partial)
        {
            w.WriteString("name"u8, world.Bot.Username);
            w.WriteString("description"u8, Canary ?? "");
            w.WriteBoolean("bot_public"u8, false);
        }

        var flags = (world.Options.MembersIntentEnabled ? 1 << 15 : 0) | (world.Options.ContentToggle ? 1 << 19 : 0);
        w.WriteNumber("flags"u8, flags);
        w.WriteEndObject();
    }

    public void Member(Utf8JsonWriter w, SimMember member)
    {
        w.WriteStartObject();
        MemberFields(w, member, withUser: true);
        w.WriteEndObject();
    }

    public void MemberFields(Utf8JsonWriter w, SimMember member, bool withUser)
    {
        if (withUser)
        {
            w.WritePropertyName("user"u8);
            User(w, member.User);
        }

        Ids(w, "roles"u8, member.Roles);
        w.WriteString("nick"u8, Canary ?? member.Nick);
        w.WriteString("avatar"u8, member.Avatar);
        w.WriteNull("banner"u8);
        Time(w, "joined_at"u8, member.JoinedAt);
        w.WriteNull("premium_since"u8);
        w.WriteBoolean("deaf"u8, false);
        w.WriteBoolean("mute"u8, false);
        w.WriteNumber("flags"u8, member.Flags);
        w.WriteBoolean("pending"u8, member.Pending);
        w.WriteNull("communication_disabled_until"u8);
    }

    private void UserFields(Utf8JsonWriter w, SimUser user)
    {
        Id(w, "id"u8, user.Id);
        w.WriteString("username"u8, user.Username);
        w.WriteString("discriminator"u8, user.Bot ? "0042"u8 : "0"u8);
        w.WriteString("global_name"u8, user.Bot ? null : Canary ?? user.GlobalName);
        w.WriteString("avatar"u8, user.Avatar);
        if (user.Bot)
        {
            w.WriteBoolean("bot"u8, true);
        }

        w.WriteNumber("public_flags"u8, user.PublicFlags);
    }
}
