using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// The answers of schema <c>insights</c>, computed from the seed alone: plain LINQ over the rows that were written, and .NET's time zones.
/// It shares nothing with the SQL that it judges.
/// </summary>
internal sealed partial class InsightsTruth
{
    private readonly GuildSeed _seed;
    private readonly DateTime _now;
    private readonly SeedMessage[] _messages;
    private readonly Dictionary<ulong, SeedChannel> _channels;
    private readonly Dictionary<ulong, string> _categories;
    private readonly Dictionary<ulong, SeedUser> _users;
    private readonly List<(DateTime From, DateTime To)> _collected = [];
    private readonly Dictionary<DateTime, decimal?> _coveredHours = [];

    /// <param name="now">The database's, UTC.</param>
    public InsightsTruth(GuildSeed seed, DateTime now)
    {
        _seed = seed;
        _now = now;
        _messages = [.. seed.Messages()];
        _channels = seed.Channels.ToDictionary(channel => channel.Id);
        _categories = seed.Categories.ToDictionary(category => category.Id, category => category.Name);
        _users = seed.Users.ToDictionary(user => user.Id);

        // Whole are the times seen live and the healed gaps; what is running ends with the newest event.
        foreach (var stretch in seed.Coverage.Where(stretch =>
            stretch.Kind == "live" || (stretch.HealedAt is not null && stretch.ChannelId is null)))
        {
            _collected.Add((stretch.StartedAt, stretch.EndedAt ?? seed.Options.Until));
        }
    }

    /// <summary>Counts of 30 days begin with the hour that is 30 days old.</summary>
    private DateTime MonthAgo => Hour(_now.AddDays(-30));

    private DateTime LedgerBegins => Hour(_seed.Coverage.Min(stretch => stretch.StartedAt));

    private static DateTime Hour(DateTime at) => at.Date.AddHours(at.Hour);

    private static decimal Round(decimal value, int digits) => Math.Round(value, digits, MidpointRounding.AwayFromZero);

    private static decimal? Minutes(DateTime? from, DateTime? to) =>
        from is { } start && to is { } end ? Round((end - start).Ticks / (decimal)TimeSpan.TicksPerMinute, 1) : null;

    private string? CategoryOf(SeedChannel channel) => channel.CategoryId is { } id ? _categories[id] : null;

    private IEnumerable<SeedMessage> Between(DateTime? since, DateTime? until) =>
        _messages.Where(message => (since is null || message.CreatedAt >= since) && (until is null || message.CreatedAt < until));

    private static int Distinct(IEnumerable<SeedMessage> messages) => messages.Select(message => message.AuthorId).Distinct().Count();

    /// <summary>Null before the ledger begins; of the running hour, of the part that is over.</summary>
    private decimal? Covered(DateTime hour)
    {
        if (_coveredHours.TryGetValue(hour, out var known))
        {
            return known;
        }

        var end = hour.AddHours(1) < _now ? hour.AddHours(1) : _now;
        var ticks = _collected.Sum(stretch =>
            Math.Max(0, Math.Min(stretch.To.Ticks, end.Ticks) - Math.Max(stretch.From.Ticks, hour.Ticks)));

        return _coveredHours[hour] = hour < LedgerBegins || end <= hour ? null : Round(ticks / (decimal)(end - hour).Ticks, 4);
    }

    private decimal? Covered(IEnumerable<DateTime> hours)
    {
        var known = hours.Select(Covered).Where(share => share is not null).ToList();

        return known.Count == 0 ? null : Round(known.Average()!.Value, 4);
    }

    /// <summary>The UTC hours from <paramref name="since"/> to <paramref name="until"/>.</summary>
    private static IEnumerable<DateTime> Hours(DateTime since, DateTime until)
    {
        for (var hour = Hour(since); hour < until; hour = hour.AddHours(1))
        {
            yield return hour;
        }
    }
}
