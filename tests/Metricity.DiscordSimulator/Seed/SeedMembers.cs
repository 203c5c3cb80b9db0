namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// Members: those of before, newcomers every day, two spam waves; who left, who came back, who is staff; and how much each one writes:
/// nearly half nothing, a few very much.
/// </summary>
internal sealed class SeedMembers
{
    private const int Owner = 0;
    private const int Favourites = 4;

    private readonly SeedRhythm _rhythm;
    private readonly Member[] _members;
    private readonly int[] _favourites;
    private readonly int[] _staff;
    private readonly WeightedChoice _writers;
    private readonly List<SeedMemberEvent> _events = [];

    public SeedMembers(GuildSeedOptions options, SeedRhythm rhythm, SeedPlaces places)
    {
        _rhythm = rhythm;
        var random = new Random(options.Seed + 2);
        var count = options.UserCount;
        _members = new Member[count];
        var spammers = 2 * Math.Clamp(count / 400, 4, 400);
        Spammers = [.. Enumerable.Range(count - spammers, spammers)];
        var newcomers = Math.Min(0.7, options.Days / 600.0);
        var waves = new[] { Wave(0.6, random), Wave(1 - Math.Min(0.2, 5.0 / options.Days), random) };
        for (var i = 0; i < count; i++)
        {
            _members[i] = i == Owner ? new Member(rhythm.From - (900 * SeedClock.Day), rhythm.From - (899 * SeedClock.Day))
                : i >= count - spammers ? Spammer(waves[i % 2], random)
                : random.Chance(newcomers) ? Newcomer(random)
                : Old(random);
        }

        _staff = [Owner, .. Enumerable.Range(1, count - spammers - 1)
            .Where(i => _members[i].Joined < rhythm.From && _members[i].Left == SeedClock.Never)
            .Take(Math.Clamp(count / 1_500, 3, 60))];
        foreach (var member in _staff)
        {
            _members[member].IsStaff = true;
        }

        _writers = new WeightedChoice(Weights(random));
        _favourites = [.. Enumerable.Range(0, count * Favourites).Select(_ => places.Choose(random))];
        Rows = [.. Enumerable.Range(0, count).Select(Row)];
        _events.Sort((one, other) => one.At != other.At ? one.At.CompareTo(other.At) : one.UserId.CompareTo(other.UserId));
    }

    public IReadOnlyList<SeedUser> Rows { get; }

    /// <summary>In the order of their time.</summary>
    public IReadOnlyList<SeedMemberEvent> Events => _events;

    /// <summary>Members of the two spam waves.</summary>
    public IReadOnlyList<int> Spammers { get; }

    public int Count => _members.Length;

    public ulong Id(int member) => _members[member].Id;

    public bool IsStaff(int member) => _members[member].IsStaff;

    public long JoinedAt(int member) => _members[member].Joined;

    public bool IsNewcomer(int member) => _members[member].Joined >= _rhythm.From;

    public bool IsInGuild(int member, long at)
    {
        ref readonly var who = ref _members[member];

        return at >= who.Joined && (at < who.Left || (at >= who.Rejoined && at < who.LeftAgain));
    }

    /// <summary>Who writes then: by how much each one writes.</summary>
    public int Writer(Random random, long at, bool staffOnly)
    {
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var member = staffOnly ? _staff[random.Next(_staff.Length)] : _writers.Next(random);
            if (IsInGuild(member, at))
            {
                return member;
            }
        }

        return Owner;
    }

    /// <summary>One of the few channels that the member likes.</summary>
    public int Favourite(int member, Random random) => _favourites[(member * Favourites) + random.Next(Favourites)];

    public bool Likes(int member, int channel) => _favourites.AsSpan(member * Favourites, Favourites).Contains(channel);

    private double[] Weights(Random random)
    {
        var ranks = Enumerable.Range(0, _members.Length).ToArray();
        random.Shuffle(ranks);

        return [.. _members.Select((member, i) =>
            Spammers.Count > 0 && i >= Spammers[0] ? 0
            : i != Owner && random.Chance(0.45) && !member.IsStaff ? 0
            : Math.Pow((i == Owner ? 100 : ranks[i]) + 8, -0.9)
                * (member.Left - member.Joined < 7 * SeedClock.Day ? 0.2 : 1) * (member.IsStaff ? 3 : 1))];
    }

    private Member Old(Random random)
    {
        var joined = _rhythm.From - SeedClock.Hour - (long)(random.NextDouble() * random.NextDouble() * 1_000 * SeedClock.Day);
        var left = random.Chance(0.22) ? _rhythm.AnyMoment(random) : SeedClock.Never;

        return ComeBack(new Member(joined - Age(random), joined, left), random);
    }

    private Member Newcomer(Random random)
    {
        var joined = _rhythm.AnyMoment(random);
        var stay = random.Next(100) switch
        {
            < 25 => (long)random.Exponential(2 * SeedClock.Day),
            < 45 => (long)random.LogNormal(90 * SeedClock.Day, 1),
            _ => SeedClock.Never,
        };
        var left = stay < _rhythm.Until - joined ? joined + Math.Max(stay, SeedClock.Second) : SeedClock.Never;
        var gap = _rhythm.GapAt(joined);
        if (gap is { } unseen && unseen.Covers(left))
        {
            left = SeedClock.Never; // came and went while nobody looked: nobody would know of them
        }

        var age = random.Chance(0.05) ? (long)(random.NextDouble() * 7 * SeedClock.Day) + SeedClock.Minute : Age(random);

        return ComeBack(new Member(joined - age, joined, left), random);
    }

    private Member ComeBack(Member member, Random random)
    {
        if (member.Left == SeedClock.Never || !random.Chance(0.08))
        {
            return member;
        }

        var away = (long)random.LogNormal(4 * SeedClock.Day, 1.5) + SeedClock.Minute;
        var back = (_rhythm.GapAt(member.Left)?.To ?? member.Left) + (10 * SeedClock.Minute) + away;
        if (back < _rhythm.Until)
        {
            member.Rejoined = back;
            var again = back + (long)random.LogNormal(60 * SeedClock.Day, 1) + SeedClock.Hour;
            if (random.Chance(0.4) && again < _rhythm.Until && !(_rhythm.GapAt(back) is { } gap && gap.Covers(again)))
            {
                member.LeftAgain = again;
            }
        }

        return member;
    }

    /// <summary>An account of hours, thrown out soon after.</summary>
    private Member Spammer(long wave, Random random)
    {
        var joined = wave + random.NextInt64(40 * SeedClock.Minute);
        var left = random.Chance(0.8) ? joined + (90 * SeedClock.Minute) + random.NextInt64(SeedClock.Hour) : SeedClock.Never;
        var age = (6 * SeedClock.Minute) + random.NextInt64(20 * SeedClock.Hour);

        return new Member(joined - age, joined, left < _rhythm.Until ? left : SeedClock.Never);
    }

    /// <summary>A start that leaves room for the whole wave before the end and the next gap.</summary>
    private long Wave(double part, Random random)
    {
        const long Length = 5 * SeedClock.Hour;
        var at = _rhythm.From + (long)(part * (_rhythm.Until - _rhythm.From)) + random.NextInt64(SeedClock.Hour);
        at = Math.Max(_rhythm.From, Math.Min(at, _rhythm.Until - Length));
        foreach (var gap in _rhythm.Gaps.Where(gap => gap.From < at + Length && gap.To > at))
        {
            at = gap.From - Length;
        }

        return at;
    }

    private static long Age(Random random) =>
        (long)Math.Min(random.LogNormal(400 * SeedClock.Day, 1.2) + SeedClock.Hour, 1_000 * SeedClock.Day);

    private SeedUser Row(int index)
    {
        ref var member = ref _members[index];
        member.Id = SeedClock.Id(member.Created, index % (1 << 22));
        _events.Add(new SeedMemberEvent(
            member.Id, "join", SeedClock.ToTime(member.Joined), member.Joined < _rhythm.From || _rhythm.GapAt(member.Joined) is not null,
            null, null));
        var left = AddLeave(member.Id, member.Left);
        if (member.Rejoined != SeedClock.Never)
        {
            _events.Add(new SeedMemberEvent(
                member.Id, "rejoin", SeedClock.ToTime(member.Rejoined), _rhythm.GapAt(member.Rejoined) is not null, null, null));
            left = AddLeave(member.Id, member.LeftAgain);
        }

        var joined = member.Rejoined != SeedClock.Never ? member.Rejoined : member.Joined;

        return new SeedUser(
            member.Id, SimNames.User(index), SeedClock.ToTime(member.Created), SeedClock.ToTime(joined), left, member.IsStaff);
    }

    /// <summary>A leave in a gap is found a minute after it, by comparing the lists.</summary>
    private DateTime? AddLeave(ulong id, long at)
    {
        if (at == SeedClock.Never)
        {
            return null;
        }

        var gap = _rhythm.GapAt(at);
        var known = SeedClock.ToTime(gap is { } unseen ? unseen.To + SeedClock.Minute : at);
        _events.Add(new SeedMemberEvent(
            id, "leave", known, gap is not null, gap is { } from ? SeedClock.ToTime(from.From) : null, gap is null ? null : known));

        return known;
    }

    private struct Member(long created, long joined, long left = SeedClock.Never)
    {
        public ulong Id;
        public bool IsStaff;
        public long Created = created;
        public long Joined = joined;
        public long Left = left;
        public long Rejoined = SeedClock.Never;
        public long LeftAgain = SeedClock.Never;
    }
}
