namespace Metricity.DiscordSimulator;

/// <summary>What has happened in a guild since it was made, bulk filling included.</summary>
public sealed class SimCounters
{
    public long MessagesPosted { get; internal set; }

    public long MessagesEdited { get; internal set; }

    public long MessagesDeleted { get; internal set; }

    public long Joins { get; internal set; }

    public long Leaves { get; internal set; }

    public long ThreadsOpened { get; internal set; }

    internal SimCounters Copy()
    {
        return (SimCounters)MemberwiseClone();
    }
}
