using System.Globalization;
using Metricity.Collect;
using Metricity.Coverage;

namespace Metricity.Tests.Coverage;

/// <summary>
/// What each cause makes of each stretch that can run. It comes at 12:00; the stretch began at 08:00, and the last event before was
/// received at 11:00, unless a row says otherwise.
/// </summary>
public sealed class LedgerRulesTests
{
    private const string Nothing = "";

    [Theory]
    [InlineData(nameof(CoverageCause.SessionStarted), null, "gap session_lost 11:00")]
    [InlineData(nameof(CoverageCause.SessionStarted), nameof(StretchKind.Live), "end 11:00, gap session_lost 11:00")]
    [InlineData(nameof(CoverageCause.SessionStarted), nameof(StretchKind.Resumed), "end 08:00, gap session_lost 08:00")]
    [InlineData(nameof(CoverageCause.SessionStarted), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.EventsMissing), null, "gap events_missing 11:00-12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), nameof(StretchKind.Live), "end 11:00, gap events_missing 11:00-12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), nameof(StretchKind.Resumed), "end 11:00, gap events_missing 11:00-12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.Offline), null, Nothing)]
    [InlineData(nameof(CoverageCause.Offline), nameof(StretchKind.Live), "end 11:00, resumed 11:00")]
    [InlineData(nameof(CoverageCause.Offline), nameof(StretchKind.Resumed), Nothing)]
    [InlineData(nameof(CoverageCause.Offline), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.Resumed), null, "live 12:00")]
    [InlineData(nameof(CoverageCause.Resumed), nameof(StretchKind.Live), Nothing)]
    [InlineData(nameof(CoverageCause.Resumed), nameof(StretchKind.Resumed), "end 12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.Resumed), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.GuildAvailable), null, "live 12:00")]
    [InlineData(nameof(CoverageCause.GuildAvailable), nameof(StretchKind.Live), Nothing)]
    [InlineData(nameof(CoverageCause.GuildAvailable), nameof(StretchKind.Resumed), Nothing)]
    [InlineData(nameof(CoverageCause.GuildAvailable), nameof(StretchKind.Gap), "end 12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.GuildUnavailable), null, Nothing)]
    [InlineData(nameof(CoverageCause.GuildUnavailable), nameof(StretchKind.Live), "end 12:00, gap guild_outage 12:00")]
    [InlineData(nameof(CoverageCause.GuildUnavailable), nameof(StretchKind.Resumed), "end 12:00, gap guild_outage 12:00")]
    [InlineData(nameof(CoverageCause.GuildUnavailable), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.GuildLeft), null, Nothing)]
    [InlineData(nameof(CoverageCause.GuildLeft), nameof(StretchKind.Live), "end 12:00, gap bot_removed 12:00")]
    [InlineData(nameof(CoverageCause.GuildLeft), nameof(StretchKind.Resumed), "end 12:00, gap bot_removed 12:00")]
    [InlineData(nameof(CoverageCause.GuildLeft), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsHidden), null, Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsHidden), nameof(StretchKind.Live), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsHidden), nameof(StretchKind.Resumed), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsHidden), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsSeen), null, Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsSeen), nameof(StretchKind.Live), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsSeen), nameof(StretchKind.Resumed), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsSeen), nameof(StretchKind.Gap), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsGained), null, Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsGained), nameof(StretchKind.Live), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsGained), nameof(StretchKind.Resumed), Nothing)]
    [InlineData(nameof(CoverageCause.ChannelsGained), nameof(StretchKind.Gap), Nothing)]
    public void Cause_changes_the_running_stretch(string cause, string? running, string expected)
    {
        Assert.Equal(expected, Apply(Cause(cause), Known(Kind(running), began: 8, received: 11)));
    }

    /// <summary>How far the log is stored is what the newest message says, and at least the stretch's start.</summary>
    [Theory]
    [InlineData(nameof(CoverageCause.SessionStarted), 10, "end 10:00, gap session_lost 10:00")]
    [InlineData(nameof(CoverageCause.SessionStarted), 7, "end 08:00, gap session_lost 08:00")]
    [InlineData(nameof(CoverageCause.SessionStarted), null, "end 08:00, gap session_lost 08:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), 10, "end 10:00, gap events_missing 10:00-12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), null, "end 08:00, gap events_missing 08:00-12:00, live 12:00")]
    [InlineData(nameof(CoverageCause.Offline), 10, "end 10:00, resumed 10:00")]
    [InlineData(nameof(CoverageCause.Offline), null, "end 08:00, resumed 08:00")]
    public void Newest_message_stands_in_for_a_lost_position(string cause, int? newestMessage, string expected)
    {
        Assert.Equal(expected, Apply(Cause(cause), Known(StretchKind.Live, began: 8, received: null, newestMessage)));
    }

    /// <summary>A live stretch that a replay began: it starts when the replay was read, and what is lost is older.</summary>
    [Theory]
    [InlineData(nameof(CoverageCause.SessionStarted), "end 09:00, gap session_lost 09:00")]
    [InlineData(nameof(CoverageCause.Offline), "end 09:00, resumed 09:00")]
    [InlineData(nameof(CoverageCause.EventsMissing), "end 09:00, gap events_missing 09:00-12:00, live 12:00")]
    public void Log_that_is_stored_up_to_before_the_stretch_is_missing_from_there(string cause, string expected)
    {
        Assert.Equal(expected, Apply(Cause(cause), Known(StretchKind.Live, began: 10, received: 9)));
    }

    [Theory]
    [InlineData(nameof(CoverageCause.SessionStarted), Nothing)]
    [InlineData(nameof(CoverageCause.EventsMissing), "gap events_missing 12:00-12:00, live 12:00")]
    public void Guild_that_is_new_in_the_settings_has_missed_nothing(string cause, string expected)
    {
        Assert.Equal(expected, Apply(Cause(cause), Known(null, began: 0, received: 11) with { WasCollected = false }));
        Assert.Equal(expected, Apply(Cause(cause), Known(null, began: 0, received: null) with { WasCollected = false }));
    }

    [Fact]
    public void Gap_does_not_end_before_it_began()
    {
        Assert.Equal(
            "end 13:00, gap events_missing 13:00-13:00, live 12:00",
            Apply(CoverageCause.EventsMissing, Known(StretchKind.Live, began: 8, received: 13)));
    }

    /// <summary>As when the outcome of a commit was unknown, and it is made again.</summary>
    [Fact]
    public void Every_rule_that_is_applied_again_changes_nothing()
    {
        var runs = new StretchKind?[] { null, StretchKind.Live, StretchKind.Resumed, StretchKind.Gap };
        foreach (var (cause, running) in Enum.GetValues<CoverageCause>().SelectMany(cause => runs.Select(running => (cause, running))))
        {
            var changes = LedgerRules.Apply(cause, At(12), Known(running, began: 8, received: 11));
            if (changes.OfType<LedgerChange.Begin>().LastOrDefault(begin => begin.Until is null) is { } now)
            {
                var known = new LedgerKnowledge(new Stretch(2, now.Kind, now.At), At(12), WasCollected: true, NewestMessageAt: null);

                Assert.Empty(LedgerRules.Apply(cause, At(12), known));
            }
        }
    }

    private static CoverageCause Cause(string name) => Enum.GetValues<CoverageCause>().Single(cause => cause.ToString() == name);

    private static StretchKind? Kind(string? name) =>
        name is null ? null : Enum.GetValues<StretchKind>().Single(kind => kind.ToString() == name);

    private static LedgerKnowledge Known(StretchKind? running, int began, int? received, int? newestMessage = null) => new(
        running is { } kind ? new Stretch(1, kind, At(began)) : null,
        received is { } last ? At(last) : null,
        WasCollected: true,
        newestMessage is { } newest ? At(newest) : null);

    private static DateTime At(int hour) => new(2026, 3, 1, hour, 0, 0, DateTimeKind.Utc);

    private static string Apply(CoverageCause cause, LedgerKnowledge known) =>
        string.Join(", ", LedgerRules.Apply(cause, At(12), known).Select(change => change switch
        {
            LedgerChange.End end => $"end {Text(end.At)}",
            LedgerChange.Begin begin => string.Join(' ', new[]
            {
                begin.Kind.ToString().ToLowerInvariant(),
                begin.Reason,
                Text(begin.At) + (begin.Until is { } until ? $"-{Text(until)}" : ""),
            }.Where(word => word is not null)),
            _ => throw new InvalidOperationException(),
        }));

    private static string Text(DateTime time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);
}
