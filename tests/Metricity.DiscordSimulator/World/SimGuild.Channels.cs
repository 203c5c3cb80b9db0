namespace Metricity.DiscordSimulator;

/// <summary>Categories and channels.</summary>
public sealed partial class SimGuild
{
    /// <summary>CHANNEL_CREATE of type 4.</summary>
    public SimChannel AddCategory(string? name = null)
    {
        return AddChannel(name, SimChannelType.Category);
    }

    /// <summary>CHANNEL_CREATE. Any type number is allowed, also ones that do not exist.</summary>
    public SimChannel AddChannel(
        string? name = null,
        int type = SimChannelType.Text,
        SimChannel? parent = null,
        params IReadOnlyList<SimOverwrite> overwrites)
    {
        lock (World.Gate)
        {
            var channel = new SimChannel(this, World.NextId(), name ?? SimNames.Channel(_channelList.Count), type, parent)
            {
                Position = _channelList.Count,
                Overwrites = overwrites,
            };
            _channels.Add(channel.Id, channel);
            _channelList.Add(channel);
            channel.EverVisible = IsVisible(channel);
            if (parent is not null)
            {
                parent.EverVisible |= channel.EverVisible;
            }

            EmitChannel("CHANNEL_CREATE", channel);
            return channel;
        }
    }

    /// <summary>CHANNEL_UPDATE.</summary>
    public void RenameChannel(SimChannel channel, string name)
    {
        UpdateChannel(channel, () => channel.Name = name);
    }

    /// <summary>CHANNEL_UPDATE with another category, or none.</summary>
    public void MoveChannel(SimChannel channel, SimChannel? category)
    {
        UpdateChannel(channel, () => channel.Parent = category);
    }

    /// <summary>CHANNEL_UPDATE with another type: text and announcement are turned into each other (0 and 5).</summary>
    public void ConvertChannel(SimChannel channel, int type)
    {
        UpdateChannel(channel, () => channel.Type = type);
    }

    /// <summary>
    /// CHANNEL_DELETE only: nothing is said of its threads and messages. Of a category also CHANNEL_UPDATE with
    /// <c>parent_id: null</c> for each child.
    /// </summary>
    public void DeleteChannel(SimChannel channel)
    {
        lock (World.Gate)
        {
            if (channel is SimThread thread)
            {
                DeleteThread(thread);
                return;
            }

            if (channel.Deleted)
            {
                return;
            }

            EmitChannel("CHANNEL_DELETE", channel);
            channel.DeletedAt = World.Now;
            foreach (var child in _channelList.Where(child => child.Parent == channel && !child.Deleted))
            {
                child.Parent = null;
                EmitChannel("CHANNEL_UPDATE", child);
            }
        }
    }

    /// <summary>The channel is gone, and no event tells of it (deleted while nobody was connected).</summary>
    public void DeleteChannelSilently(SimChannel channel)
    {
        lock (World.Gate)
        {
            channel.DeletedAt = World.Now;
        }
    }

    /// <summary>CHANNEL_CREATE with an id that was deleted before: a channel that comes back.</summary>
    public void RestoreChannel(SimChannel channel)
    {
        lock (World.Gate)
        {
            channel.DeletedAt = null;
            channel.Parent = channel.Parent is { Deleted: true } ? null : channel.Parent;
            EmitChannel("CHANNEL_CREATE", channel);
        }
    }

    private void UpdateChannel(SimChannel channel, Action change)
    {
        lock (World.Gate)
        {
            change();
            channel.EverVisible |= IsVisible(channel);
            if (channel.Parent is { } parent)
            {
                parent.EverVisible |= IsVisible(parent);
            }

            EmitChannel("CHANNEL_UPDATE", channel);
        }
    }
}
