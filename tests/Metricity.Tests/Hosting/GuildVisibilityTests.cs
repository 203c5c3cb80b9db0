using Metricity.Events;
using Metricity.Hosting;
using Metricity.Ingest;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Hosting;

public sealed class GuildVisibilityTests
{
    private readonly FakeLogCollector _log = new();

    [Fact]
    public void Session_with_all_guilds_is_passed_on_without_a_word()
    {
        var tap = Tap(1, 2);

        Assert.IsType<SessionStarted>(tap.Pass(Started(3, 2, 1), out _));

        Assert.Empty(tap.Hidden);
        Assert.Empty(_log.GetSnapshot());
    }

    [Fact]
    public void Session_without_one_of_the_guilds_is_passed_on_with_an_error_in_the_log()
    {
        var tap = Tap(1, 2);

        Assert.IsType<SessionStarted>(tap.Pass(Started(1), out _));

        Assert.Equal([new Snowflake(2)], tap.Hidden);
        Assert.Equal(HostingLogEvents.GuildNotVisible, Assert.Single(_log.GetSnapshot()).Id.Id);
    }

    [Fact]
    public void Session_without_any_of_the_guilds_ends_the_program_with_a_sentence_for_each()
    {
        var tap = Tap(1, 2);

        var error = Assert.Throws<GuildNotVisibleException>(() => tap.Pass(Started(3), out _));

        Assert.Equal(2, error.Message.Split(Environment.NewLine).Length);
        Assert.Contains("guild 2 (Guilds:1:Id)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_events_are_passed_on()
    {
        var tap = Tap(1);

        Assert.IsType<SessionResumed>(tap.Pass(new SessionResumed(), out _));
    }

    [Fact]
    public void Guild_of_another_shard_is_not_missed()
    {
        var tap = Tap([1, 2], isOwn: id => id.Value == 1);

        tap.Pass(Started(1), out _);

        Assert.Empty(tap.Hidden);
        Assert.Empty(_log.GetSnapshot());
    }

    private static SessionStarted Started(params ulong[] guilds)
    {
        return new SessionStarted(new Snowflake(9), [.. guilds.Select(id => new Snowflake(id))]);
    }

    private GuildVisibility Tap(params ulong[] guilds) => Tap(guilds, _ => true);

    private GuildVisibility Tap(ulong[] guilds, Func<Snowflake, bool> isOwn)
    {
        var none = new HashSet<Snowflake>();

        return new GuildVisibility(
            [.. guilds.Select(id => new GuildSettings(new Snowflake(id), $"schema_{id}", null, none, none, none))],
            isOwn,
            new SilentTap(),
            new FakeLogger<GuildVisibility>(_log));
    }

    private sealed class SilentTap : IEventTap
    {
        public DiscordEvent Pass(DiscordEvent @event, out DiscordEvent? then)
        {
            then = null;

            return @event;
        }
    }
}
