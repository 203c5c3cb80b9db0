using Metricity.Collect;
using Metricity.Events;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

public sealed class ConfiguredGuildsTests
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
        Assert.Equal(LogEvents.Collect.GuildNotVisible, Assert.Single(_log.GetSnapshot()).Id.Id);
    }

    [Fact]
    public void Session_without_any_of_the_guilds_ends_the_program_with_a_sentence_for_each()
    {
        var check = Check(1, 2);

        var error = Assert.Throws<StopException>(() => check.See(Started(3)));

        Assert.Equal(2, error.Message.Split(Environment.NewLine).Length);
        Assert.Contains("guild 2 (Guilds:1:Id)", error.Message, StringComparison.Ordinal);
    }

    private static SessionStarted Started(params ulong[] guilds)
    {
        return new SessionStarted(new Snowflake(9), [.. guilds.Select(id => new Snowflake(id))]);
    }

    private ConfiguredGuilds Check(params ulong[] guilds) => new(
        guilds.Index().ToDictionary(guild => new Snowflake(guild.Item), guild => guild.Index), new FakeLogger<ConfiguredGuilds>(_log));
}
