namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// A guild that never was, over days or years: the rows that a collector would hold of it. Made from the options alone, so that it is
/// also the truth to compare answers with.
/// </summary>
public sealed class GuildSeed
{
    private readonly SeedRhythm _rhythm;
    private readonly SeedPlaces _places;
    private readonly SeedMembers _members;
    private readonly SeedThreads _threads;
    private readonly SeedChatter _chatter;

    /// <exception cref="SeedException">Options that no guild can be made of.</exception>
    public GuildSeed(GuildSeedOptions options)
    {
        options.Check();
        Options = options;
        _rhythm = new SeedRhythm(options);
        _places = new SeedPlaces(options, _rhythm);
        _members = new SeedMembers(options, _rhythm, _places);
        _threads = new SeedThreads(options, _rhythm, _places, _members);
        _chatter = new SeedChatter(
            options, _rhythm, _places, _members, _threads,
            [.. _threads.Drafts, .. SeedNewcomers.Drafts(options, _rhythm, _places, _members)]);
        Coverage = [.. MakeCoverage().OrderBy(stretch => stretch.StartedAt)];
    }

    public GuildSeedOptions Options { get; }

    public IReadOnlyList<SeedCategory> Categories => _places.Categories;

    public IReadOnlyList<SeedChannel> Channels => _places.Rows;

    public IReadOnlyList<SeedUser> Users => _members.Rows;

    /// <summary>In the order in which they were stored.</summary>
    public IReadOnlyList<SeedMemberEvent> MemberEvents => _members.Events;

    public IReadOnlyList<SeedThread> Threads => _threads.Rows;

    /// <summary>Times without a gap, and the gaps, in the order of their start.</summary>
    public IReadOnlyList<SeedCoverage> Coverage { get; }

    /// <summary>In the order of their time; every call gives the same, made anew: nothing is held in memory.</summary>
    public IEnumerable<SeedMessage> Messages() => _chatter.Messages();

    private IEnumerable<SeedCoverage> MakeCoverage()
    {
        var start = Options.Since;
        foreach (var gap in _rhythm.Gaps)
        {
            var (from, to) = (SeedClock.ToTime(gap.From), SeedClock.ToTime(gap.To));
            if (!gap.IsChannels)
            {
                yield return new SeedCoverage("live", null, null, start, from, null);

                start = to;
            }

            yield return new SeedCoverage(
                "gap", gap.Reason, gap.IsChannels ? _places.Id(SeedPlaces.General) : null, from, to, gap.IsHealed ? to.AddMinutes(20) : null);
        }

        yield return new SeedCoverage("live", null, null, start, null, null);
    }
}
