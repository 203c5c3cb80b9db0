using Metricity.Collect;
using Metricity.Events;
using Metricity.Hosting;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

public sealed class GuildVisibilityTests
{
    private readonly FakeLogCollector _log = new();

    [Fact]
    public void Session_with_all_guilds_passes_without_a_word()
    {
        var check = Check(1, 2);

        check.See(Started(3, 2, 1));

        Assert.Empty(check.Hidden);
        Assert.Empty(_log.GetSnapshot());
    }

    [Fact]
    public void Session_without_one_of_the_guilds_passes_with_an_error_in_the_log()
    {
        var check = Check(1, 2);

        check.See(Started(1));

        Assert.Equal([new Snowflake(2)], check.Hidden);
        Assert.Equal(LogEvents.Hosting.GuildNotVisible, Assert.Single(_log.GetSnapshot()).Id.Id);
    }

    [Fact]
    public void Session_without_any_of_the_guilds_ends_the_program_with_a_sentence_for_each()
    {
        var check = Check(1, 2);

        var error = Assert.Throws<GuildNotVisibleException>(() => check.See(Started(3)));

        Assert.Equal(2, error.Message.Split(Environment.NewLine).Length);
        Assert.Contains("guild 2 (Guilds:1:Id)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Guild_of_another_shard_is_not_missed()
    {
        var check = Check([1, 2], isOwn: id => id.Value == 1);

        check.See(Started(1));

        Assert.Empty(check.Hidden);
        Assert.Empty(_log.GetSnapshot());
    }

    private static SessionStarted Started(params ulong[] guilds)
    {
        return new SessionStarted(new Snowflake(9), [.. guilds.Select(id => new Snowflake(id))]);
    }

    private GuildVisibility Check(params ulong[] guilds) => Check(guilds, _ => true);

    private GuildVisibility Check(ulong[] guilds, Func<Snowflake, bool> isOwn)
    {
        var none = new HashSet<Snowflake>();

        return new GuildVisibility(
            [.. guilds.Select(id => new GuildSettings(new Snowflake(id), $"schema_{id}", null, none, none, none))],
            isOwn,
            new FakeLogger<GuildVisibility>(_log));
    }
}
