namespace Metricity.DiscordSimulator;

/// <summary>A category, a channel, or (as <see cref="SimThread"/>) a thread. Deleted ones stay as rows of the truth.</summary>
public class SimChannel
{
    internal SimChannel(SimGuild guild, ulong id, string name, int type, SimChannel? parent)
    {
        Guild = guild;
        Id = id;
        Name = name;
        Type = type;
        Parent = parent;
    }

    public SimGuild Guild { get; }

    public ulong Id { get; }

    /// <summary>Setting it is silent; see <see cref="SimGuild.RenameChannel"/>.</summary>
    public string Name { get; set; }

    /// <summary>See <see cref="SimChannelType"/>.</summary>
    public int Type { get; internal set; }

    /// <summary>The category of a channel, the channel of a thread.</summary>
    public SimChannel? Parent { get; internal set; }

    public int Position { get; internal set; }

    public bool Deleted => DeletedAt is not null;

    public DateTimeOffset? DeletedAt { get; internal set; }

    public IReadOnlyList<SimOverwrite> Overwrites { get; internal set; } = [];

    /// <summary>Whether the bot could view it at some time, so that a collector can know its name.</summary>
    public bool EverVisible { get; internal set; }

    public bool IsThread => this is SimThread;

    /// <summary>Ascending by id, deleted ones included. Only under the world's lock.</summary>
    internal List<SimMessage> MessageList { get; } = [];

    internal ulong LastMessageId { get; set; }

    internal List<SimThread> ThreadList { get; } = [];

    internal (int Version, ulong Value) BotPermissionCache { get; set; } = (-1, 0);

    /// <summary>All messages ever posted here, by id.</summary>
    public IReadOnlyList<SimMessage> Messages
    {
        get
        {
            lock (Guild.World.Gate)
            {
                return MessageList.ToArray();
            }
        }
    }
}
