namespace Metricity.DiscordSimulator;

/// <summary>Roles, overwrites, and what they let the bot see.</summary>
public sealed partial class SimGuild
{
    private int _permissionVersion;

    /// <summary>GUILD_ROLE_CREATE.</summary>
    public SimRole AddRole(string name = "role", ulong permissions = 0)
    {
        lock (World.Gate)
        {
            var role = new SimRole(World.NextId(), name, permissions, _roles.Count);
            _roles.Add(role);
            EmitRole("GUILD_ROLE_CREATE", role);
            return role;
        }
    }

    /// <summary>GUILD_ROLE_UPDATE, and what follows for the channels when the bot sees more or less.</summary>
    public void UpdateRole(SimRole role, string? name = null, ulong? permissions = null)
    {
        lock (World.Gate)
        {
            ChangeVisibility(null, () =>
            {
                role.Name = name ?? role.Name;
                role.Permissions = permissions ?? role.Permissions;
                EmitRole("GUILD_ROLE_UPDATE", role);
            });
        }
    }

    /// <summary>The bot's role gets exactly these permissions. What @everyone may do remains.</summary>
    public void SetBotPermissions(ulong permissions)
    {
        UpdateRole(BotRole, permissions: permissions);
    }

    /// <summary>GUILD_ROLE_DELETE; holders lose it without an event of their own.</summary>
    public void DeleteRole(SimRole role)
    {
        lock (World.Gate)
        {
            ChangeVisibility(null, () =>
            {
                _roles.Remove(role);
                foreach (var member in _memberList.Where(member => member.Roles.Contains(role.Id)))
                {
                    member.Roles = [.. member.Roles.Where(id => id != role.Id)];
                }

                Emit("GUILD_ROLE_DELETE", SimIntents.Guilds, w =>
                {
                    w.WriteStartObject();
                    Wire.Id(w, "guild_id"u8, Id);
                    Wire.Id(w, "role_id"u8, role.Id);
                    w.WriteEndObject();
                });
            });
        }
    }

    /// <summary>
    /// Replaces a channel's overwrites. CHANNEL_UPDATE for it; when the bot gains sight also for the hidden parent, then
    /// THREAD_LIST_SYNC; when it loses sight an obfuscated CHANNEL_UPDATE.
    /// </summary>
    public void SetOverwrites(SimChannel channel, params IReadOnlyList<SimOverwrite> overwrites)
    {
        lock (World.Gate)
        {
            ChangeVisibility(channel, () => channel.Overwrites = overwrites);
        }
    }

    /// <summary>Hides a channel from the bot.</summary>
    public void Hide(SimChannel channel)
    {
        SetOverwrites(channel, SimOverwrite.DenyBot(this, SimPermissions.View));
    }

    /// <summary>Hides a channel, and no event tells of it.</summary>
    public void HideSilently(SimChannel channel)
    {
        lock (World.Gate)
        {
            channel.Overwrites = [SimOverwrite.DenyBot(this, SimPermissions.View)];
            _permissionVersion++;
        }
    }

    /// <summary>Takes the channel's history from the bot: it sees events, and REST answers 200 with an empty list.</summary>
    public void HideHistory(SimChannel channel)
    {
        SetOverwrites(channel, SimOverwrite.DenyBot(this, SimPermissions.History));
    }

    /// <summary>Removes all overwrites.</summary>
    public void Unhide(SimChannel channel)
    {
        SetOverwrites(channel);
    }

    /// <summary>The bot's permissions in a channel, category or (its parent's) thread.</summary>
    public ulong BotPermissionsIn(SimChannel channel)
    {
        lock (World.Gate)
        {
            var target = channel is SimThread ? channel.Parent! : channel;
            if (target.BotPermissionCache.Version != _permissionVersion)
            {
                target.BotPermissionCache = (_permissionVersion, SimPermissions.Compute(BotMember, target));
            }

            return target.BotPermissionCache.Value;
        }
    }

    /// <summary>Whether the bot can view it. A category counts as visible when a child is.</summary>
    public bool IsVisible(SimChannel channel)
    {
        lock (World.Gate)
        {
            var permissions = BotPermissionsIn(channel);
            var view = (permissions & SimPermissions.View) != 0;
            if (channel is SimThread { Type: SimChannelType.PrivateThread } thread)
            {
                return view && (thread.BotIsMember || (permissions & SimPermissions.ManageThreads) != 0);
            }

            return view
                || (channel.Type == SimChannelType.Category && _channelList.Exists(c => c.Parent == channel && !c.Deleted && IsVisible(c)));
        }
    }

    internal bool Obfuscated(SimChannel channel)
    {
        return World.Options.ObfuscateHiddenChannels && !IsVisible(channel);
    }

    private void EmitRole(string type, SimRole role)
    {
        Emit(type, SimIntents.Guilds, w =>
        {
            w.WriteStartObject();
            Wire.Id(w, "guild_id"u8, Id);
            w.WritePropertyName("role"u8);
            Wire.Role(w, role);
            w.WriteEndObject();
        });
    }

    private void EmitChannel(string type, SimChannel channel)
    {
        Emit(type, SimIntents.Guilds, w => World.Wire.Channel(w, channel, nested: false));
    }

    private void ChangeVisibility(SimChannel? changed, Action change)
    {
        var before = _channelList.Where(channel => !channel.Deleted && IsVisible(channel)).ToHashSet();
        change();
        _permissionVersion++;
        List<SimChannel> gained = [];
        foreach (var channel in _channelList.Where(channel => !channel.Deleted))
        {
            var visible = IsVisible(channel);
            channel.EverVisible |= visible;
            var differs = visible != before.Contains(channel);
            if (differs && visible && channel.Type != SimChannelType.Category)
            {
                gained.Add(channel);
            }

            if (channel == changed || (differs && World.Options.ObfuscateHiddenChannels))
            {
                EmitChannel("CHANNEL_UPDATE", channel);
            }
        }

        if (gained.Count > 0)
        {
            EmitThreadListSync(gained);
        }
    }
}
