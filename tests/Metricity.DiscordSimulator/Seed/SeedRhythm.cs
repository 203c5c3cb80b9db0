namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// How busy each hour is: by hour of day and day of week, with a slow growth and days that are busier than others; and the gaps, of
/// which the open ones have nothing.
/// </summary>
internal sealed class SeedRhythm
{
    /// <summary>By hour of day in UTC: members live in Europe and America.</summary>
    private static readonly double[] HourFactors =
    [
        0.75, 0.60, 0.48, 0.40, 0.34, 0.32, 0.38, 0.52, 0.70, 0.86, 0.98, 1.05,
        1.12, 1.22, 1.34, 1.44, 1.52, 1.58, 1.60, 1.58, 1.50, 1.36, 1.16, 0.94,
    ];

    /// <summary>Sunday first.</summary>
    private static readonly double[] DayFactors = [0.82, 1.06, 1.12, 1.10, 1.06, 0.98, 0.80];

    private static readonly string[] Reasons = ["session_lost", "guild_outage", "events_missing"];

    private readonly long _firstHour;
    private readonly double[] _cumulative;

    public SeedRhythm(GuildSeedOptions options)
    {
        From = SeedClock.Of(options.Since);
        Until = SeedClock.Of(options.Until);
        var random = new Random(options.Seed);
        Gaps = MakeGaps(options, random);
        _firstHour = From / SeedClock.Hour * SeedClock.Hour;
        var hours = (int)((Until - _firstHour + SeedClock.Hour - 1) / SeedClock.Hour);
        _cumulative = new double[hours + 1];
        var today = 1.0;
        for (var hour = 0; hour < hours; hour++)
        {
            var start = HourStart(hour);
            var time = SeedClock.ToTime(start);
            if (time.Hour == 0 || hour == 0)
            {
                today = random.Chance(0.02) ? 1.8 : 0.85 + (0.3 * random.NextDouble());
            }

            var growth = 0.8 + (0.4 * hour / hours);
            _cumulative[hour + 1] = _cumulative[hour]
                + (HourFactors[time.Hour] * DayFactors[(int)time.DayOfWeek] * today * growth * OpenShare(start));
        }
    }

    public long From { get; }

    public long Until { get; }

    public int Hours => _cumulative.Length - 1;

    public IReadOnlyList<SeedGap> Gaps { get; }

    public long HourStart(int hour) => _firstHour + (hour * SeedClock.Hour);

    /// <summary>Whether messages of that time can be stored.</summary>
    public bool IsCollected(long at)
    {
        if (at < From || at >= Until)
        {
            return false;
        }

        foreach (var gap in Gaps)
        {
            if (!gap.IsHealed && gap.Covers(at))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The gap of the whole guild at that time.</summary>
    public SeedGap? GapAt(long at)
    {
        foreach (var gap in Gaps)
        {
            if (!gap.IsChannels && gap.Covers(at))
            {
                return gap;
            }
        }

        return null;
    }

    /// <summary>How many of <paramref name="total"/> fall into the hours before that one: whole numbers that end at the total.</summary>
    public long CountBefore(int hour, long total) => (long)Math.Floor(total * (_cumulative[hour] / _cumulative[^1]));

    /// <summary>A moment of that hour which was collected.</summary>
    public long MomentIn(int hour, Random random)
    {
        while (true)
        {
            var at = HourStart(hour) + random.NextInt64(SeedClock.Hour);
            if (IsCollected(at))
            {
                return at;
            }
        }
    }

    /// <summary>A collected moment, more likely a busy one.</summary>
    public long Moment(Random random)
    {
        var place = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
        var hour = Math.Clamp(place >= 0 ? place : ~place - 1, 0, Hours - 1);
        while (_cumulative[hour + 1] == _cumulative[hour])
        {
            hour = (hour + 1) % Hours;
        }

        return MomentIn(hour, random);
    }

    /// <summary>A moment of the whole time, also of gaps: what goes on whether or not somebody watches.</summary>
    public long AnyMoment(Random random)
    {
        while (true)
        {
            var at = From + random.NextInt64(Until - From);
            if (random.Chance(HourFactors[SeedClock.ToTime(at).Hour] / 1.6))
            {
                return at;
            }
        }
    }

    /// <summary>The share of the hour that is within the time and in no open gap; exact to the minute.</summary>
    private double OpenShare(long start)
    {
        var minutes = 0;
        for (var minute = 0; minute < 60; minute++)
        {
            minutes += IsCollected(start + (minute * SeedClock.Minute)) ? 1 : 0;
        }

        return minutes / 60.0;
    }

    private SeedGap[] MakeGaps(GuildSeedOptions options, Random random)
    {
        var gaps = new SeedGap[options.Gaps];
        for (var i = 0; i < gaps.Length; i++)
        {
            // Each in a part of the time of its own, so that they do not meet.
            var part = (Until - From) / gaps.Length;
            var length = (long)((0.05 + (0.25 * random.NextDouble())) * Math.Min(part, 4 * SeedClock.Day));
            var from = From + (i * part) + (long)((0.3 + (0.3 * random.NextDouble())) * part);
            gaps[i] = new SeedGap(from, from + length, i % 2 == 1 || i == 2, i == 2, i == 2 ? "channel_hidden" : Reasons[i % Reasons.Length]);
        }

        return gaps;
    }
}
