using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Channels and threads.</summary>
internal sealed partial class Wire
{
    /// <summary>A channel or category; the hidden form when the bot cannot view it and obfuscation is on.</summary>
    /// <param name="w">Where to.</param>
    /// <param name="channel">A channel, not a thread.</param>
    /// <param name="nested">Inside GUILD_CREATE, where guild_id is left out.</param>
    public void Channel(Utf8JsonWriter w, SimChannel channel, bool nested)
    {
        var hidden = channel.Guild.Obfuscated(channel);
        w.WriteStartObject();
        Id(w, "id"u8, channel.Id);
        w.WriteNumber("type"u8, channel.Type);
        if (!nested)
        {
            Id(w, "guild_id"u8, channel.Guild.Id);
        }

        w.WriteString("name"u8, hidden ? "___hidden___" : channel.Name);
        Id(w, "parent_id"u8, channel.Parent?.Id);
        w.WriteNumber("position"u8, channel.Position);
        w.WriteStartArray("permission_overwrites"u8);
        foreach (var overwrite in hidden ? [SimOverwrite.DenyEveryone(channel.Guild, SimPermissions.View)] : channel.Overwrites)
        {
            Overwrite(w, overwrite);
        }

        w.WriteEndArray();
        if (hidden)
        {
            w.WriteNumber("flags"u8, 1 << 17);
        }
        else if (channel.Type != SimChannelType.Category)
        {
            ChannelDetails(w, channel);
        }
        else
        {
            w.WriteNumber("flags"u8, 0);
        }

        w.WriteEndObject();
    }

    /// <summary>A thread; with the bot's own membership when it has one.</summary>
    public void Thread(Utf8JsonWriter w, SimThread thread, bool nested, bool newlyCreated)
    {
        w.WriteStartObject();
        Id(w, "id"u8, thread.Id);
        w.WriteNumber("type"u8, thread.Type);
        if (!nested)
        {
            Id(w, "guild_id"u8, thread.Guild.Id);
        }

        Id(w, "parent_id"u8, thread.Parent!.Id);
        Id(w, "owner_id"u8, thread.OwnerId);
        w.WriteString("name"u8, thread.Name);
        Id(w, "last_message_id"u8, thread.LastMessageId == 0 ? null : thread.LastMessageId);
        w.WriteNumber("message_count"u8, thread.TotalSent);
        w.WriteNumber("total_message_sent"u8, thread.TotalSent);
        w.WriteNumber("member_count"u8, 1);
        w.WriteNumber("rate_limit_per_user"u8, 0);
        w.WriteNumber("flags"u8, 0);
        Ids(w, "applied_tags"u8, thread.AppliedTags);
        if (newlyCreated)
        {
            w.WriteBoolean("newly_created"u8, true);
        }

        w.WriteStartObject("thread_metadata"u8);
        w.WriteBoolean("archived"u8, thread.Archived);
        w.WriteNumber("auto_archive_duration"u8, thread.AutoArchiveDuration);
        Time(w, "archive_timestamp"u8, thread.ArchiveTimestamp);
        w.WriteBoolean("locked"u8, thread.Locked);
        if (thread.Type == SimChannelType.PrivateThread)
        {
            w.WriteBoolean("invitable"u8, true);
        }

        if (thread.CreatedAt is { } created)
        {
            Time(w, "create_timestamp"u8, created);
        }

        w.WriteEndObject();
        if (thread.BotIsMember)
        {
            w.WritePropertyName("member"u8);
            OwnThreadMember(w, thread);
        }

        w.WriteEndObject();
    }

    /// <summary>The bot's membership of a thread.</summary>
    public void OwnThreadMember(Utf8JsonWriter w, SimThread thread)
    {
        w.WriteStartObject();
        Id(w, "id"u8, thread.Id);
        Id(w, "user_id"u8, world.Bot.Id);
        Time(w, "join_timestamp"u8, thread.CreatedAt ?? thread.ArchiveTimestamp);
        w.WriteNumber("flags"u8, 1);
        w.WriteEndObject();
    }

    /// <summary>The fields <c>threads</c> and <c>members</c> of lists and THREAD_LIST_SYNC.</summary>
    public void ThreadList(Utf8JsonWriter w, IReadOnlyList<SimThread> threads)
    {
        w.WriteStartArray("threads"u8);
        foreach (var thread in threads)
        {
            Thread(w, thread, nested: false, newlyCreated: false);
        }

        w.WriteEndArray();
        w.WriteStartArray("members"u8);
        foreach (var thread in threads.Where(thread => thread.BotIsMember))
        {
            OwnThreadMember(w, thread);
        }

        w.WriteEndArray();
    }

    private static void Overwrite(Utf8JsonWriter w, SimOverwrite overwrite)
    {
        w.WriteStartObject();
        Id(w, "id"u8, overwrite.Id);
        w.WriteNumber("type"u8, overwrite.IsMember ? 1 : 0);
        Id(w, "allow"u8, overwrite.Allow);
        Id(w, "deny"u8, overwrite.Deny);
        w.WriteEndObject();
    }

    private void ChannelDetails(Utf8JsonWriter w, SimChannel channel)
    {
        w.WriteString("topic"u8, Canary);
        w.WriteBoolean("nsfw"u8, false);
        Id(w, "last_message_id"u8, channel.LastMessageId == 0 ? null : channel.LastMessageId);
        w.WriteNumber("rate_limit_per_user"u8, 0);
        w.WriteNumber("flags"u8, 0);
        if (SimChannelType.IsForum(channel.Type))
        {
            w.WriteStartArray("available_tags"u8);
            w.WriteStartObject();
            Id(w, "id"u8, channel.Id + 1);
            w.WriteString("name"u8, Canary ?? "solved");
            w.WriteBoolean("moderated"u8, false);
            w.WriteNull("emoji_id"u8);
            w.WriteNull("emoji_name"u8);
            w.WriteEndObject();
            w.WriteEndArray();
        }
    }
}
