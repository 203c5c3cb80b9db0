namespace Metricity.DiscordSimulator;

/// <summary>A message; a deleted one stays as a row of the truth.</summary>
public sealed class SimMessage
{
    internal SimMessage(ulong id, SimChannel channel, SimUser author)
    {
        Id = id;
        Channel = channel;
        Author = author;
    }

    public ulong Id { get; }

    /// <summary>The thread if it is in one.</summary>
    public SimChannel Channel { get; }

    public SimUser Author { get; }

    public bool IsWebhook { get; internal init; }

    public int Type { get; internal init; }

    public int Flags { get; internal set; }

    public DateTimeOffset CreatedAt => SimSnowflake.TimeOf(Id);

    public DateTimeOffset? EditedAt { get; internal set; }

    public bool IsDeleted => DeletedAt is not null;

    public DateTimeOffset? DeletedAt { get; internal set; }

    /// <summary>Whether the bot could view the channel when it was posted.</summary>
    public bool Visible { get; internal set; }

    public string? Content { get; internal set; }

    public SimMessage? ReplyTo { get; internal init; }

    public bool MentionsBot { get; internal init; }

    public SimMessage? ForwardOf { get; internal init; }

    internal SimThread? StartedThread { get; set; }

    internal SimMember? Member { get; init; }
}

/// <summary>What kind of message to post.</summary>
public sealed class MessageOptions
{
    /// <summary>Discord's message type; default 0, or 19 for a reply.</summary>
    public int? Type { get; init; }

    public string? Content { get; init; }

    /// <summary>Mentions the bot, whereupon Discord sends the content whatever the intents are.</summary>
    public bool MentionsBot { get; init; }

    public SimMessage? ReplyTo { get; init; }

    /// <summary>Forward of that message: message_snapshots and message_reference of type 1.</summary>
    public SimMessage? ForwardOf { get; init; }

    /// <summary>Written by a webhook: no member object, an author that is no user.</summary>
    public bool Webhook { get; init; }

    /// <summary>Ephemeral: sent without guild_id to direct-message intents only, never listed, never in the truth.</summary>
    public bool Ephemeral { get; init; }

    public int Flags { get; init; }

    /// <summary>Moment of posting; default now. An earlier one gives an id of that time.</summary>
    public DateTimeOffset? At { get; init; }
}
