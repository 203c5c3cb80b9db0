namespace Metricity.DiscordSimulator;

/// <summary>Threads and forum posts.</summary>
public sealed partial class SimGuild
{
    /// <summary>
    /// THREAD_CREATE and the first message: in a forum the post itself (thread id = message id), else type 18 in the parent,
    /// or, started from a message, MESSAGE_UPDATE of that one and type 21 in the thread.
    /// </summary>
    public SimThread AddThread(SimChannel parent, string? name = null, SimMember? owner = null, ThreadOptions? options = null)
    {
        lock (World.Gate)
        {
            options ??= new ThreadOptions();
            owner ??= Owner;
            var at = options.At ?? World.Now;
            var id = options.FromMessage?.Id ?? (options.At is { } past ? World.NextId(past) : World.NextId());
            var publicType = parent.Type == SimChannelType.Announcement ? SimChannelType.AnnouncementThread : SimChannelType.PublicThread;
            var type = options.Type ?? publicType;
            var thread = new SimThread(this, id, name ?? SimNames.Thread(_threadList.Count), type, parent, owner.Id)
            {
                CreatedAt = options.HasCreateTimestamp ? at : null,
                ArchiveTimestamp = at,
                AutoArchiveDuration = options.AutoArchiveDuration,
                BotIsMember = options.BotIsMember,
                AppliedTags = options.AppliedTags,
                Archived = options.Archived,
                Locked = options.Locked,
            };
            _channels.Add(id, thread);
            _threadList.Add(thread);
            parent.ThreadList.Add(thread);
            parent.LastMessageId = SimChannelType.IsForum(parent.Type) ? id : parent.LastMessageId;
            thread.EverVisible = IsVisible(thread);
            Counters.ThreadsOpened++;
            AnnounceThread(thread, owner, options);
            return thread;
        }
    }

    /// <summary>THREAD_UPDATE.</summary>
    public void RenameThread(SimThread thread, string name)
    {
        UpdateThread(thread, () => thread.Name = name);
    }

    /// <summary>THREAD_UPDATE with <c>archived: true</c>. Archived threads leave GUILD_CREATE and the active list.</summary>
    public void ArchiveThread(SimThread thread)
    {
        SetArchived(thread, true);
    }

    /// <summary>THREAD_UPDATE with <c>archived: false</c>.</summary>
    public void UnarchiveThread(SimThread thread)
    {
        SetArchived(thread, false);
    }

    /// <summary>THREAD_UPDATE.</summary>
    public void LockThread(SimThread thread, bool locked = true)
    {
        UpdateThread(thread, () => thread.Locked = locked);
    }

    /// <summary>THREAD_UPDATE; moves archive_timestamp too.</summary>
    public void SetAutoArchive(SimThread thread, int minutes)
    {
        UpdateThread(thread, () =>
        {
            thread.AutoArchiveDuration = minutes;
            thread.ArchiveTimestamp = World.Now;
        });
    }

    /// <summary>THREAD_UPDATE with other applied_tags.</summary>
    public void SetTags(SimThread thread, params IReadOnlyList<ulong> tags)
    {
        UpdateThread(thread, () => thread.AppliedTags = tags);
    }

    /// <summary>THREAD_DELETE: four fields.</summary>
    public void DeleteThread(SimThread thread)
    {
        lock (World.Gate)
        {
            if (thread.Deleted)
            {
                return;
            }

            EmitIfVisible(thread, "THREAD_DELETE", SimIntents.Guilds, w =>
            {
                w.WriteStartObject();
                Wire.Id(w, "id"u8, thread.Id);
                Wire.Id(w, "guild_id"u8, Id);
                Wire.Id(w, "parent_id"u8, thread.Parent!.Id);
                w.WriteNumber("type"u8, thread.Type);
                w.WriteEndObject();
            });
            thread.DeletedAt = World.Now;
        }
    }

    /// <summary>THREAD_CREATE without <c>newly_created</c>, with the bot's own membership, then THREAD_MEMBERS_UPDATE.</summary>
    public void AddBotToPrivateThread(SimThread thread)
    {
        lock (World.Gate)
        {
            thread.BotIsMember = true;
            thread.EverVisible |= IsVisible(thread);
            EmitThread("THREAD_CREATE", thread, newlyCreated: false);
            EmitIfVisible(thread, "THREAD_MEMBERS_UPDATE", SimIntents.Guilds | SimIntents.Members, w =>
            {
                w.WriteStartObject();
                Wire.Id(w, "id"u8, thread.Id);
                Wire.Id(w, "guild_id"u8, Id);
                w.WriteNumber("member_count"u8, 2);
                w.WriteStartArray("added_members"u8);
                World.Wire.OwnThreadMember(w, thread);
                w.WriteEndArray();
                w.WriteEndObject();
            });
        }
    }

    /// <summary>THREAD_LIST_SYNC of the named channels, or (none given) of the whole guild without <c>channel_ids</c>.</summary>
    public void SendThreadListSync(params IReadOnlyList<SimChannel> channels)
    {
        lock (World.Gate)
        {
            EmitThreadListSync(channels);
        }
    }

    private void AnnounceThread(SimThread thread, SimMember owner, ThreadOptions options)
    {
        var forum = SimChannelType.IsForum(thread.Parent!.Type);
        var announced = !options.Archived && !options.Silent;
        var first = announced && options.FirstMessage;
        var messageFirst = forum && first && options.MessageFirst;
        if (messageFirst)
        {
            PostFirst(thread, owner);
        }

        if (announced)
        {
            EmitThread("THREAD_CREATE", thread, options.NewlyCreated);
        }

        if (options.FromMessage is { } origin)
        {
            origin.StartedThread = thread;
            origin.Flags |= 32;
            EmitMessage("MESSAGE_UPDATE", origin);
            if (first)
            {
                Post(thread, owner.User, owner, new MessageOptions { Type = 21, ReplyTo = origin, At = options.At }, null);
            }
        }
        else if (forum && first && !messageFirst)
        {
            PostFirst(thread, owner);
        }
        else if (first && !forum && thread.Type != SimChannelType.PrivateThread)
        {
            Post(thread.Parent, owner.User, owner, new MessageOptions { Type = 18, At = options.At }, null, startedThread: thread);
        }
    }

    private void PostFirst(SimThread thread, SimMember owner)
    {
        Post(thread, owner.User, owner, new MessageOptions(), thread.Id);
    }

    private void SetArchived(SimThread thread, bool archived)
    {
        UpdateThread(thread, () =>
        {
            thread.Archived = archived;
            thread.ArchiveTimestamp = World.Now;
        });
    }

    private void UpdateThread(SimThread thread, Action change)
    {
        lock (World.Gate)
        {
            change();
            EmitThread("THREAD_UPDATE", thread, newlyCreated: false);
        }
    }

    private void EmitThread(string type, SimThread thread, bool newlyCreated)
    {
        EmitIfVisible(thread, type, SimIntents.Guilds, w => World.Wire.Thread(w, thread, nested: false, newlyCreated));
    }

    private void EmitThreadListSync(IReadOnlyList<SimChannel> channels)
    {
        var parents = channels.ToHashSet();
        var threads = _threadList
            .Where(thread => thread.IsActive && (parents.Count == 0 || parents.Contains(thread.Parent!)) && IsVisible(thread))
            .ToList();
        foreach (var thread in threads)
        {
            thread.EverVisible = true;
        }

        Emit("THREAD_LIST_SYNC", SimIntents.Guilds, w =>
        {
            w.WriteStartObject();
            Wire.Id(w, "guild_id"u8, Id);
            if (parents.Count > 0)
            {
                Wire.Ids(w, "channel_ids"u8, channels.Select(channel => channel.Id));
            }

            World.Wire.ThreadList(w, threads);
            w.WriteEndObject();
        });
    }
}
