using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Messages.</summary>
public sealed partial class SimGuild
{
    /// <summary>
    /// MESSAGE_CREATE in a channel or thread; an archived thread is unarchived before. Ephemeral messages are sent without
    /// guild_id and recorded nowhere.
    /// </summary>
    public SimMessage PostMessage(SimChannel channel, SimMember? author = null, MessageOptions? options = null)
    {
        lock (World.Gate)
        {
            author ??= Owner;
            return Post(channel, author.User, author, options ?? new MessageOptions(), null);
        }
    }

    /// <summary>MESSAGE_UPDATE with an edited_timestamp.</summary>
    public void EditMessage(SimMessage message, string? content = null)
    {
        lock (World.Gate)
        {
            message.Content = content ?? message.Content;
            message.EditedAt = World.Now;
            Counters.MessagesEdited++;
            EmitMessage("MESSAGE_UPDATE", message);
        }
    }

    /// <summary>MESSAGE_UPDATE without an edit: an embed unfurled, a pin, a flag.</summary>
    public void TouchMessage(SimMessage message)
    {
        lock (World.Gate)
        {
            EmitMessage("MESSAGE_UPDATE", message);
        }
    }

    /// <summary>MESSAGE_DELETE: three fields.</summary>
    public void DeleteMessage(SimMessage message)
    {
        lock (World.Gate)
        {
            if (MarkDeleted(message))
            {
                EmitDelete(message.Channel, message.Id);
            }
        }
    }

    /// <summary>The message is gone, and no event tells of it (deleted while nobody was connected).</summary>
    public void DeleteMessageSilently(SimMessage message)
    {
        lock (World.Gate)
        {
            MarkDeleted(message);
        }
    }

    /// <summary>MESSAGE_DELETE_BULK, one for each channel; <paramref name="unknownIds"/> are added to the first.</summary>
    public void BulkDelete(IEnumerable<SimMessage> messages, params IReadOnlyList<ulong> unknownIds)
    {
        lock (World.Gate)
        {
            var extra = unknownIds;
            foreach (var group in messages.Where(MarkDeleted).ToArray().GroupBy(message => message.Channel))
            {
                ulong[] ids = [.. group.Select(message => message.Id), .. extra];
                extra = [];
                EmitIfVisible(group.Key, "MESSAGE_DELETE_BULK", SimIntents.Messages, w =>
                {
                    w.WriteStartObject();
                    Wire.Ids(w, "ids"u8, ids);
                    Wire.Id(w, "channel_id"u8, group.Key.Id);
                    Wire.Id(w, "guild_id"u8, Id);
                    w.WriteEndObject();
                });
            }
        }
    }

    /// <summary>MESSAGE_DELETE for an id that nothing is known of.</summary>
    public void DeleteUnknownMessage(SimChannel channel, ulong id)
    {
        lock (World.Gate)
        {
            EmitDelete(channel, id);
        }
    }

    /// <summary>
    /// Posts messages without sending them: for benchmarks, which hand the events to <see cref="SimGateway.Send(IReadOnlyList{SimEvent})"/>
    /// later. Channels and authors take turns; each event is serialised here, once.
    /// </summary>
    public IReadOnlyList<SimEvent> PrepareMessages(IReadOnlyList<SimChannel> channels, IReadOnlyList<SimMember> authors, int count)
    {
        lock (World.Gate)
        {
            var events = new List<SimEvent>(count);
            for (var i = 0; i < count; i++)
            {
                var author = authors[i % authors.Count];
                var message = Record(channels[i % channels.Count], author.User, author, new MessageOptions(), null, null);
                events.Add(MessageEvent("MESSAGE_CREATE", message));
            }

            return events;
        }
    }

    private SimMessage Post(
        SimChannel channel,
        SimUser author,
        SimMember? member,
        MessageOptions options,
        ulong? id,
        SimThread? startedThread = null)
    {
        if (channel.Deleted || channel is SimThread { Parent.Deleted: true } || channel.Guild != this)
        {
            throw new InvalidOperationException("The channel is deleted or belongs to another guild.");
        }

        if (options.Ephemeral)
        {
            var ephemeral = NewMessage(channel, author, member, options, id ?? World.NextId());
            ephemeral.Flags |= 64;
            Emit("MESSAGE_CREATE", SimIntents.DirectMessages, w => World.Wire.Message(w, ephemeral, gateway: true, blanking: false));
            return ephemeral;
        }

        if (channel is SimThread { Archived: true } thread)
        {
            UnarchiveThread(thread);
        }

        var message = Record(channel, author, member, options, id, startedThread);
        EmitMessage("MESSAGE_CREATE", message);
        return message;
    }

    private SimMessage Record(
        SimChannel channel,
        SimUser author,
        SimMember? member,
        MessageOptions options,
        ulong? id,
        SimThread? startedThread)
    {
        if (options.Webhook)
        {
            author = new SimUser(World.NextId(), "webhook", bot: true);
            member = null;
        }

        var message = NewMessage(channel, author, member, options, id ?? (options.At is { } at ? World.NextId(at) : World.NextId()));
        message.StartedThread = startedThread;
        message.Visible = IsVisible(channel);
        var list = channel.MessageList;
        if (list.Count == 0 || list[^1].Id < message.Id)
        {
            list.Add(message);
        }
        else
        {
            list.Insert(~list.BinarySearch(message, SimMessageOrder.ById), message);
        }

        channel.LastMessageId = Math.Max(channel.LastMessageId, message.Id);
        if (channel is SimThread thread)
        {
            thread.TotalSent++;
        }

        Counters.MessagesPosted++;
        return message;
    }

    private static SimMessage NewMessage(SimChannel channel, SimUser author, SimMember? member, MessageOptions options, ulong id)
    {
        return new SimMessage(id, channel, author)
        {
            Type = options.Type ?? (options.ReplyTo is null ? 0 : 19),
            Flags = options.Flags,
            Content = options.Content,
            ReplyTo = options.ReplyTo,
            ForwardOf = options.ForwardOf,
            MentionsBot = options.MentionsBot || options.ReplyTo?.Author == channel.Guild.World.Bot,
            IsWebhook = options.Webhook,
            Member = member,
        };
    }

    private bool MarkDeleted(SimMessage message)
    {
        if (message.IsDeleted)
        {
            return false;
        }

        message.DeletedAt = World.Now;
        Counters.MessagesDeleted++;
        return true;
    }

    private void EmitDelete(SimChannel channel, ulong id)
    {
        EmitIfVisible(channel, "MESSAGE_DELETE", SimIntents.Messages, w =>
        {
            w.WriteStartObject();
            Wire.Id(w, "id"u8, id);
            Wire.Id(w, "channel_id"u8, channel.Id);
            Wire.Id(w, "guild_id"u8, Id);
            w.WriteEndObject();
        });
    }

    private void EmitMessage(string type, SimMessage message)
    {
        if (World.Gateway is { HasSessions: true } gateway && Live && IsVisible(message.Channel))
        {
            gateway.Publish(MessageEvent(type, message));
        }
    }

    private SimEvent MessageEvent(string type, SimMessage message)
    {
        var blanking = World.Options.BlanksContent;
        var body = World.Wire.Build(w => World.Wire.Message(w, message, gateway: true, blanking));
        var full = blanking && World.Gateway is { AnyContentIntent: true }
            ? World.Wire.Build(w => World.Wire.Message(w, message, gateway: true, blanking: false))
            : null;
        return new SimEvent(type, SimIntents.Messages, Id, body, full);
    }

    private void EmitIfVisible(SimChannel channel, string type, int intents, Action<Utf8JsonWriter> write)
    {
        if (IsVisible(channel))
        {
            Emit(type, intents, write);
        }
    }
}
