namespace Metricity.DiscordSimulator;

/// <summary>Filling a guild in bulk.</summary>
public sealed partial class SimGuild
{
    /// <summary>
    /// Adds so many of each, members and messages with dates spread over the last year. Meant for before the first session;
    /// with one connected every addition is told as usual. A fifth of the channels are forums, announcements or voice.
    /// </summary>
    public void Populate(int categories = 5, int channels = 20, int threads = 10, int members = 100, int messages = 0)
    {
        lock (World.Gate)
        {
            var year = TimeSpan.FromDays(365);
            var start = World.Now - year;
            PopulateMembers(members, start, year);
            var newCategories = Enumerable.Range(0, categories).Select(i => AddCategory($"{SimNames.Channel(i)} topics")).ToArray();
            var newChannels = new List<SimChannel>(channels);
            for (var i = 0; i < channels; i++)
            {
                var type = (i % 20) switch
                {
                    7 => SimChannelType.Voice,
                    13 => SimChannelType.Announcement,
                    11 or 17 => SimChannelType.Forum,
                    _ => SimChannelType.Text,
                };
                newChannels.Add(AddChannel(SimNames.Channel(i), type, categories == 0 ? null : newCategories[i % categories]));
            }

            PopulateThreads(newChannels, threads, start, year);
            PopulateMessages(newChannels, messages, start, year);
        }
    }

    private void PopulateMembers(int count, DateTimeOffset start, TimeSpan span)
    {
        _members.EnsureCapacity(_members.Count + count);
        for (var i = 0; i < count; i++)
        {
            var joined = start + (span * ((double)i / count));
            var created = joined - TimeSpan.FromDays(30 + (i % 700));
            var user = World.AddUser(bot: i % 100 == 99, publicFlags: i % 7 == 0 ? 64 : 0, createdAt: created);
            user.GlobalName = i % 3 == 0 ? "Display " + user.Username : null;
            user.Avatar = i % 2 == 0 ? SimNames.Hash(user.Id) : null;
            AddMember(joined, user: user);
        }
    }

    private void PopulateThreads(List<SimChannel> channels, int count, DateTimeOffset start, TimeSpan span)
    {
        var parents = channels.Where(channel => !SimChannelType.IsVoice(channel.Type)).ToArray();
        for (var i = 0; i < count && parents.Length > 0; i++)
        {
            AddThread(parents[i % parents.Length], owner: _memberList[i % _memberList.Count], options: new ThreadOptions
            {
                At = start + (span * ((double)i / count)),
                FirstMessage = false,
            });
        }
    }

    private void PopulateMessages(List<SimChannel> channels, int count, DateTimeOffset start, TimeSpan span)
    {
        var targets = channels.Where(channel => !SimChannelType.IsForum(channel.Type)).ToArray();
        var authors = _memberList.Where(member => !member.User.Bot).ToArray();
        for (var i = 0; i < count && targets.Length > 0; i++)
        {
            var at = start + (span * ((double)i / count));
            PostMessage(targets[i % targets.Length], authors[i % authors.Length], new MessageOptions { At = at });
        }
    }
}
