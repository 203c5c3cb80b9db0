namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// Threads, most of them posts in help forums: answered by others or not, archived by hand or by Discord when idle, locked, deleted, or
/// still open; and the messages in them.
/// </summary>
internal sealed class SeedThreads
{
    /// <summary>Of all messages, so many are in threads, unless that were more than <see cref="MostReplies"/> for each.</summary>
    private const double Share = 0.25;

    private const double MostReplies = 60;

    private static readonly int[] Durations = [60, 1440, 1440, 1440, 4320, 4320, 10080];

    private readonly SeedRhythm _rhythm;
    private readonly SeedPlaces _places;
    private readonly SeedMembers _members;
    private readonly List<SeedDraft> _drafts = [];

    public SeedThreads(GuildSeedOptions options, SeedRhythm rhythm, SeedPlaces places, SeedMembers members)
    {
        (_rhythm, _places, _members) = (rhythm, places, members);
        var random = new Random(options.Seed + 3);
        var times = new long[options.ThreadCount];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = rhythm.Moment(random);
        }

        Array.Sort(times);
        var mean = Math.Clamp(options.Messages * Share / Math.Max(1, times.Length), 1, MostReplies);
        Rows = [.. times.Select((at, i) => Make(i, at, mean, random))];
    }

    public IReadOnlyList<SeedThread> Rows { get; }

    public IReadOnlyList<SeedDraft> Drafts => _drafts;

    private SeedThread Make(int index, long created, double mean, Random random)
    {
        var parent = _places.ChooseParent(random, created);
        var isForum = _places.Type(parent) == "forum";
        var staffOnly = _places.IsStaff(parent);
        var owner = _members.Writer(random, created, staffOnly);
        var last = created;
        if (isForum)
        {
            _drafts.Add(new SeedDraft(created, owner, parent, index, DraftKind.Starter));
        }

        // One in eight gets no answer; its author may add something.
        var isAnswered = !random.Chance(0.12);
        var others = Enumerable.Range(0, random.Geometric(1.6)).Select(_ => _members.Writer(random, created, staffOnly)).ToArray();
        var count = isAnswered ? random.Geometric(mean * 1.1) : random.Next(3);
        var at = created;
        for (var i = 0; i < count; i++)
        {
            at += SeedClock.Second + (long)(i == 0 && isAnswered
                ? random.LogNormal(11 * SeedClock.Minute, 1.6)
                : random.LogNormal(50 * SeedClock.Second, 1.5));
            var author = isAnswered && (i == 0 || random.Chance(0.55)) ? others[random.Next(others.Length)] : owner;
            if (_rhythm.IsCollected(at) && _members.IsInGuild(author, at) && _places.IsThere(parent, at))
            {
                _drafts.Add(new SeedDraft(at, author, parent, index, random.Chance(0.3) ? DraftKind.Reply : DraftKind.Plain));
                last = at;
            }
        }

        var duration = Durations[random.Next(Durations.Length)];
        var idle = last + (duration * SeedClock.Minute) + random.NextInt64(5 * SeedClock.Minute);
        var isByHand = random.Chance(0.45);
        var archived = isByHand ? last + (long)(random.NextDouble() * random.NextDouble() * 0.9 * duration * SeedClock.Minute) : idle;
        var isArchived = archived < _rhythm.Until;

        return new SeedThread(
            SeedClock.Id(created, (1 << 21) | (index % (1 << 21))),
            _places.Id(parent),
            _members.Id(owner),
            SimNames.Thread(index),
            staffOnly && random.Chance(0.5) ? "private_thread" : _places.Type(parent) == "news" ? "news_thread" : "public_thread",
            SeedClock.ToTime(created),
            isArchived,
            SeedClock.ToTime(isArchived ? archived : created),
            duration,
            IsLocked: isArchived && isByHand && random.Chance(0.2),
            IsDeleted: random.Chance(0.03),
            isForum ? Tags(parent, random) : null);
    }

    private ulong[] Tags(int forum, Random random) =>
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => _places.Id(forum) + 1 + (ulong)random.Next(12)).Distinct().Order()];
}
