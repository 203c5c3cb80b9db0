namespace Metricity.DiscordSimulator;

/// <summary>What can happen. An act that has nothing to act upon does nothing.</summary>
public sealed partial class SimLife
{
    private void Write()
    {
        if (TalkChannel() is { } channel)
        {
            Post(channel, Person(), new MessageOptions { MentionsBot = _random.Next(50) == 0 });
        }
    }

    private void WriteInThread()
    {
        if (SomeThread(archived: false) is { } thread)
        {
            Post(thread, Person(), new MessageOptions());
        }
        else
        {
            Write();
        }
    }

    private void Reply()
    {
        if (SomeMessage() is { } target)
        {
            Post(target.Channel, Person(), new MessageOptions { ReplyTo = target });
        }
    }

    private void WriteAsBot()
    {
        if (TalkChannel() is { } channel)
        {
            Post(channel, _guild.BotMember, new MessageOptions { Webhook = _random.Next(2) == 0 });
        }
    }

    private void Post(SimChannel channel, SimMember author, MessageOptions options)
    {
        var message = _guild.PostMessage(channel, author, options);
        Remember(_recentMessages, message);
        Tell($"{message.Author.Username} wrote in {Place(channel)}");
    }

    private void Edit()
    {
        if (SomeMessage() is { } message)
        {
            _guild.EditMessage(message);
            Tell($"{message.Author.Username} edited a message in {Place(message.Channel)}");
        }
    }

    private void Delete()
    {
        if (SomeMessage() is { } message)
        {
            _guild.DeleteMessage(message);
            Tell($"a message in {Place(message.Channel)} was deleted");
        }
    }

    private void BulkDelete()
    {
        if (SomeMessage()?.Channel is { } channel)
        {
            var messages = channel.MessageList.Where(message => !message.IsDeleted).TakeLast(2 + _random.Next(20)).ToArray();
            _guild.BulkDelete(messages);
            Tell($"{messages.Length} messages in {Place(channel)} were purged");
        }
    }

    private void Join()
    {
        var flags = _random.Next(5) == 0 ? 64 : 0;
        var member = _guild.AddMember(pending: _random.Next(4) == 0, bot: _random.Next(60) == 0, publicFlags: flags);
        Tell($"{member.User.Username} joined");
    }

    private void Leave()
    {
        var member = Person();
        if (member != _guild.Owner)
        {
            _guild.RemoveMember(member);
            Tell($"{member.User.Username} left");
        }
    }

    private void Rejoin()
    {
        for (var i = 0; i < 20; i++)
        {
            if (Pick(_guild.MemberList) is { InGuild: false, EverInGuild: true } member)
            {
                _guild.RejoinMember(member);
                Tell($"{member.User.Username} came back");
                return;
            }
        }
    }

    private void ChangeRoles()
    {
        var roles = _guild.RoleList.Where(role => role.Id != _guild.Id && role != _guild.BotRole).ToArray();
        var member = Person();
        _guild.UpdateMember(member, roles: [.. roles.Where(_ => _random.Next(2) == 0)], pending: false);
        Tell($"{member.User.Username} has other roles");
    }

    private void ChangeAvatar()
    {
        var member = Person();
        var hash = SimNames.Hash((ulong)_random.NextInt64());
        if (_random.Next(2) == 0)
        {
            _world.UpdateUser(member.User, avatar: hash);
        }
        else
        {
            _guild.UpdateMember(member, avatar: _random.Next(3) == 0 ? "" : hash);
        }

        Tell($"{member.User.Username} has a new picture");
    }

    private void ChangeName()
    {
        var member = Person();
        var old = member.User.Username;
        var name = $"{SimNames.User(_random.Next(26))}.{_random.Next(10_000)}";
        _world.UpdateUser(member.User, username: name, publicFlags: _random.Next(2) * 64);
        Tell($"{old} is now {member.User.Username}");
    }

    private void ChangeNick()
    {
        _guild.UpdateMember(Person(), nick: SimNames.User(_random.Next(26)));
    }

    private void OpenPost()
    {
        if (TalkChannel(channel => SimChannelType.IsForum(channel.Type)) is { } forum)
        {
            Opened(_guild.AddThread(forum, owner: Person(), options: new ThreadOptions { MessageFirst = _random.Next(2) == 0 }));
        }
    }

    private void OpenThread()
    {
        if (TalkChannel(channel => channel.Type is SimChannelType.Text or SimChannelType.Announcement) is { } channel)
        {
            Opened(_guild.AddThread(channel, owner: Person()));
        }
    }

    private void OpenThreadFromMessage()
    {
        if (SomeMessage() is { StartedThread: null, Channel: { IsThread: false, Type: SimChannelType.Text } } message)
        {
            Opened(_guild.AddThread(message.Channel, owner: Person(), options: new ThreadOptions { FromMessage = message }));
        }
    }

    private void Opened(SimThread thread)
    {
        Remember(_recentThreads, thread);
        Tell($"{_guild.FindMember(thread.OwnerId)?.User.Username} opened {Place(thread)}");
    }

    private void Archive()
    {
        if (SomeThread(archived: false) is { } thread)
        {
            _guild.ArchiveThread(thread);
            Tell($"{Place(thread)} was archived");
        }
    }

    private void Unarchive()
    {
        if (SomeThread(archived: true) is { } thread)
        {
            _guild.UnarchiveThread(thread);
            Tell($"{Place(thread)} was taken up again");
        }
    }

    private void Lock()
    {
        if (SomeThread(archived: false) is { } thread)
        {
            _guild.LockThread(thread, !thread.Locked);
            Tell($"{Place(thread)} was {(thread.Locked ? "locked" : "unlocked")}");
        }
    }

    private void RenameThread()
    {
        if (SomeThread(archived: false) is { } thread)
        {
            _guild.RenameThread(thread, SimNames.Thread(_random.Next(1000)));
            Tell($"a thread is now called {thread.Name}");
        }
    }

    private void DeleteThread()
    {
        if (SomeThread(archived: _random.Next(2) == 0) is { } thread)
        {
            _guild.DeleteThread(thread);
            Tell($"{Place(thread)} was deleted");
        }
    }

    private void MoveChannel()
    {
        if (TalkChannel(channel => channel.Type != SimChannelType.Category) is { } channel)
        {
            var category = Pick(_guild.ChannelList.FindAll(candidate => candidate is { Type: SimChannelType.Category, Deleted: false }));
            _guild.MoveChannel(channel, category);
            Tell($"{Place(channel)} moved to {category?.Name ?? "the top"}");
        }
    }

    private void RenameChannel()
    {
        if (TalkChannel() is { } channel)
        {
            var old = Place(channel);
            _guild.RenameChannel(channel, $"{SimNames.Channel(_random.Next(20))}-{_random.Next(100)}");
            Tell($"{old} is now {Place(channel)}");
        }
    }

    private void CreateChannel()
    {
        var category = _random.Next(10) == 0
            ? _guild.AddCategory()
            : Pick(_guild.ChannelList.FindAll(candidate => candidate is { Type: SimChannelType.Category, Deleted: false }));
        var channel = _guild.AddChannel(type: _random.Next(6) == 0 ? SimChannelType.Forum : SimChannelType.Text, parent: category);
        Tell($"{Place(channel)} was made");
    }

    private void DeleteChannel()
    {
        // The quieter half only, and never the last few: the guild should go on living.
        var channels = _guild.ChannelList.FindAll(channel => !channel.Deleted && channel.Type == SimChannelType.Text);
        if (channels.Count > 5)
        {
            var channel = channels[(channels.Count / 2) + _random.Next(channels.Count - (channels.Count / 2))];
            _guild.DeleteChannel(channel);
            Tell($"{Place(channel)} was deleted");
        }
    }

    private static string Place(SimChannel channel)
    {
        return channel is SimThread ? $"\"{channel.Name}\"" : "#" + channel.Name;
    }
}
