using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Guilds, GUILD_CREATE and member chunks.</summary>
internal sealed partial class Wire
{
    public void Guild(Utf8JsonWriter w, SimGuild guild, bool withCounts = false)
    {
        w.WriteStartObject();
        GuildFields(w, guild);
        if (withCounts)
        {
            w.WriteNumber("approximate_member_count"u8, guild.MemberCount);
            w.WriteNumber("approximate_presence_count"u8, guild.MemberCount / 3);
        }

        w.WriteEndObject();
    }

    /// <summary>The full snapshot. <paramref name="unavailable"/> null leaves the key out: the bot has just joined.</summary>
    public void GuildCreate(Utf8JsonWriter w, SimGuild guild, bool? unavailable)
    {
        w.WriteStartObject();
        GuildFields(w, guild);
        Time(w, "joined_at"u8, guild.BotMember.JoinedAt);
        w.WriteBoolean("large"u8, guild.MemberCount >= 250);
        if (unavailable is { } flag)
        {
            w.WriteBoolean("unavailable"u8, flag);
        }

        w.WriteNumber("member_count"u8, guild.MemberCount);
        w.WriteStartArray("members"u8);
        Member(w, guild.BotMember);
        w.WriteEndArray();
        w.WriteStartArray("channels"u8);
        foreach (var channel in guild.ChannelList.Where(channel => !channel.Deleted))
        {
            Channel(w, channel, nested: true);
        }

        w.WriteEndArray();
        w.WriteStartArray("threads"u8);
        foreach (var thread in guild.ThreadList.Where(thread => thread.IsActive && guild.IsVisible(thread)))
        {
            Thread(w, thread, nested: true, newlyCreated: false);
        }

        w.WriteEndArray();
        EmptyArray(w, "voice_states"u8);
        EmptyArray(w, "presences"u8);
        EmptyArray(w, "stage_instances"u8);
        EmptyArray(w, "guild_scheduled_events"u8);
        EmptyArray(w, "soundboard_sounds"u8);
        w.WriteEndObject();
    }

    /// <summary>One GUILD_MEMBERS_CHUNK.</summary>
    public void MembersChunk(Utf8JsonWriter w, SimGuild guild, ReadOnlySpan<SimMember> members, MemberChunk chunk)
    {
        w.WriteStartObject();
        Id(w, "guild_id"u8, guild.Id);
        w.WriteStartArray("members"u8);
        foreach (var member in members)
        {
            if (member.InGuild)
            {
                Member(w, member);
            }
        }

        w.WriteEndArray();
        w.WriteNumber("chunk_index"u8, chunk.Index);
        w.WriteNumber("chunk_count"u8, chunk.Count);
        Ids(w, "not_found"u8, chunk.NotFound);
        if (chunk.Nonce is not null)
        {
            w.WriteString("nonce"u8, chunk.Nonce);
        }

        w.WriteEndObject();
    }

    private void GuildFields(Utf8JsonWriter w, SimGuild guild)
    {
        Id(w, "id"u8, guild.Id);
        w.WriteString("name"u8, guild.Name);
        w.WriteNull("icon"u8);
        w.WriteString("description"u8, Canary);
        Id(w, "owner_id"u8, guild.OwnerId);
        w.WriteString("preferred_locale"u8, "en-US"u8);
        w.WriteNumber("verification_level"u8, 1);
        w.WriteStartArray("features"u8);
        w.WriteStringValue("COMMUNITY"u8);
        w.WriteEndArray();
        w.WriteStartArray("roles"u8);
        foreach (var role in guild.RoleList)
        {
            Role(w, role);
        }

        w.WriteEndArray();
        EmptyArray(w, "emojis"u8);
        EmptyArray(w, "stickers"u8);
    }
}

/// <summary>Place of a chunk in its answer.</summary>
internal readonly record struct MemberChunk(int Index, int Count, string? Nonce, IReadOnlyList<ulong> NotFound);
