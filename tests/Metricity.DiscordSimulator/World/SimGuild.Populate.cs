namespace Metricity.DiscordSimulator;

/// <summary>Filling a guild in bulk.</summary>
public sealed partial class SimGuild
{
    private static readonly TimeSpan LongestThread = TimeSpan.FromDays(7);

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

    /// <summary>
    /// Adds archived threads, and messages in them (a fifth) and in the channels there are, without telling anybody: history from before the
    /// bot came, in bulk. The first channels and threads are by far the busiest.
    /// </summary>
    /// <param name="span">How far it goes back; more than a week.</param>
    public void PopulateHistory(int threads, int messages, TimeSpan span)
    {
        lock (World.Gate)
        {
            var random = new Random(World.Options.Seed);
            var start = World.Now - span;
            var channels = _channelList.FindAll(channel => channel.Type != SimChannelType.Category && !channel.Deleted);
            var parents = channels.FindAll(channel => !SimChannelType.IsVoice(channel.Type));
            var places = channels.FindAll(channel => !SimChannelType.IsForum(channel.Type));
            var authors = _memberList.FindAll(member => !member.User.Bot);
            var archived = Enumerable.Range(0, threads).Select(i => AddThread(parents[i % parents.Count], options: new ThreadOptions
            {
                At = start + ((span - LongestThread) * ((double)i / threads)),
                Archived = true,
            })).ToList();
            var inThreads = threads == 0 ? 0 : messages / 5;
            for (var i = 0; i < messages; i++)
            {
                var thread = i < inThreads ? Busy(archived) : null;
                var at = thread is null ? start + (span * ((double)i / messages)) : thread.ArchiveTimestamp + TimeSpan.FromMinutes(1);
                var author = authors[random.Next(authors.Count)];
                Record(thread ?? Busy(places), author.User, author, new MessageOptions { At = at }, null, null);
                if (thread is not null)
                {
                    thread.ArchiveTimestamp = at;
                }
            }

            T Busy<T>(List<T> list)
            {
                var x = random.NextDouble();
                return list[(int)(x * x * list.Count)];
            }
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
