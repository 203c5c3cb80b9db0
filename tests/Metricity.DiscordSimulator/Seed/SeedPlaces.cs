namespace Metricity.DiscordSimulator.Seed;

/// <summary>Categories and channels: busy and quiet, staff's, deleted ones, forums for help.</summary>
internal sealed class SeedPlaces
{
    /// <summary>Always there, for everybody.</summary>
    public const int General = 0;

    private readonly Place[] _places;
    private readonly WeightedChoice _busy;
    private readonly WeightedChoice _parents;

    public SeedPlaces(GuildSeedOptions options, SeedRhythm rhythm)
    {
        var random = new Random(options.Seed + 1);
        var count = options.Channels;
        var categories = Math.Max(4, count / 10);
        Categories = [.. Enumerable.Range(0, categories).Select(i => new SeedCategory(
            SeedClock.Id(rhythm.From - (900 * SeedClock.Day) + (i * SeedClock.Hour), 1 << 17),
            i == 0 ? "staff" : i == categories - 1 ? "old" : SimNames.Channel(i * 7),
            IsDeleted: i == categories - 1))];
        _places = new Place[count];
        for (var i = 0; i < count; i++)
        {
            _places[i] = Make(i, count, rhythm, random);
        }

        Rows = [.. _places.Select((place, i) => new SeedChannel(
            place.Id,
            place.IsStaff ? $"staff-{SimNames.Channel(i)}" : i == General ? "general" : place.Type == "forum" ? $"help-{SimNames.Channel(i)}"
                : SimNames.Channel(i),
            place.IsStaff ? Categories[0].Id
                : place.DeletedAt != SeedClock.Never ? Categories[^1].Id
                : i == General ? null
                : Categories[1 + (i % (categories - 2))].Id,
            place.IsStaff,
            place.DeletedAt != SeedClock.Never,
            place.Type))];
        _busy = new WeightedChoice([.. _places.Select(place => place.Weight)]);
        _parents = new WeightedChoice([.. _places.Select(place => place.Type == "forum" ? 40 : place.Type is "text" or "news" ? place.Weight : 0)]);
        Quiet = [.. Enumerable.Range(0, count).Where(i => _places[i].QuietFrom != SeedClock.Never && _places[i].DeletedAt == SeedClock.Never)];
    }

    public IReadOnlyList<SeedCategory> Categories { get; }

    public IReadOnlyList<SeedChannel> Rows { get; }

    /// <summary>Channels that fell asleep, or were never used.</summary>
    public IReadOnlyList<int> Quiet { get; }

    public int Count => _places.Length;

    public ulong Id(int channel) => _places[channel].Id;

    public string Type(int channel) => _places[channel].Type;

    public bool IsStaff(int channel) => _places[channel].IsStaff;

    public bool IsThere(int channel, long at) => at >= _places[channel].CreatedAt && at < _places[channel].DeletedAt;

    /// <summary>Whether one may write there then, and would.</summary>
    public bool IsUsed(int channel, long at, bool byStaff)
    {
        ref readonly var place = ref _places[channel];

        return place.Type != "forum" && at >= place.CreatedAt && at < place.DeletedAt && at < place.QuietFrom
            && (byStaff || (!place.IsStaff && place.Type != "news"));
    }

    /// <summary>A channel by how busy it is.</summary>
    public int Choose(Random random) => _busy.Next(random);

    public int ChooseUsed(Random random, long at, bool byStaff) => Until(random, _busy, channel => IsUsed(channel, at, byStaff));

    /// <summary>Where a thread is opened: mostly a forum.</summary>
    public int ChooseParent(Random random, long at) =>
        Until(random, _parents, channel => IsThere(channel, at) && at < _places[channel].QuietFrom);

    private static int Until(Random random, WeightedChoice choice, Func<int, bool> fits)
    {
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var channel = choice.Next(random);
            if (fits(channel))
            {
                return channel;
            }
        }

        return General;
    }

    private static Place Make(int index, int count, SeedRhythm rhythm, Random random)
    {
        // By number, so that small guilds have one of each kind too: 1 forum, 2 staff, 3 asleep, 4 voice, 5 deleted, 6 never used, 7 news.
        var kind = index switch { General => 0, < 8 => index, _ => random.Next(28) };
        var isForum = kind == 1 && (index == 1 || index % 2 == 0);
        var age = index is < 8 || random.Chance(0.8) ? -(random.NextDouble() * 800 * SeedClock.Day)
            : random.NextDouble() * 0.7 * (rhythm.Until - rhythm.From);
        var created = index == General ? rhythm.From - (899 * SeedClock.Day) : rhythm.From + (long)age;
        var end = Math.Max(created, rhythm.From) + (long)((0.2 + (0.6 * random.NextDouble())) * (rhythm.Until - Math.Max(created, rhythm.From)));
        var weight = Math.Pow(index + 2, -0.85);

        return new Place(
            SeedClock.Id(created, index),
            isForum ? "forum" : kind switch { 4 or 12 or 13 => "voice", 7 => "news", 14 when index > 20 => "stage_voice", _ => "text" },
            IsStaff: kind is 2,
            created,
            DeletedAt: kind == 5 ? end : SeedClock.Never,
            QuietFrom: kind switch { 3 or 15 => Math.Min(end, rhythm.Until - (20 * SeedClock.Day)), 6 => created, _ => SeedClock.Never },
            isForum ? 0 : kind switch { 4 or 12 or 13 or 14 => 0.15 * weight, 7 => 0.03 * weight, 6 => 0, _ => weight });
    }

    private readonly record struct Place(
        ulong Id, string Type, bool IsStaff, long CreatedAt, long DeletedAt, long QuietFrom, double Weight);
}
