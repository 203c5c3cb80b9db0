using Metricity.Events;
using static Metricity.Tests.Events.Examples;

namespace Metricity.Tests.Events;

public sealed class SessionReaderTests
{
    [Fact]
    public void Ready_tells_the_bot_and_its_guilds()
    {
        var started = Decode<SessionStarted>("READY", ReadyJson);

        Assert.Equal(Id("1100000000000000001"), started.BotUserId);
        Assert.Equal([Id(GuildId)], started.GuildIds);
    }

    [Theory]
    [InlineData("""{"_trace":["x"]}""")]
    [InlineData("null")]
    [InlineData("")]
    public void Resumed_counts_whatever_it_carries(string json)
    {
        Assert.Equal(new SessionResumed(), Decode("RESUMED", json));
    }

    [Fact]
    public void Limited_member_request_tells_guild_nonce_and_wait()
    {
        Assert.Equal(
            new MemberRequestLimited(Id(GuildId), "sync-2", TimeSpan.FromSeconds(21.7)),
            Decode("RATE_LIMITED", ByEvent["RATE_LIMITED"]));
    }

    [Fact]
    public void Limited_member_request_without_nonce_has_none()
    {
        var limited = Decode<MemberRequestLimited>("RATE_LIMITED", """{"meta":{"guild_id":"1"},"retry_after":30,"opcode":8}""");

        Assert.Null(limited.Nonce);
        Assert.Equal(TimeSpan.FromSeconds(30), limited.RetryAfter);
    }

    [Fact]
    public void Limit_on_another_opcode_is_not_kept_whatever_its_meta()
    {
        Assert.Null(Decode("RATE_LIMITED", """{"meta":[1],"retry_after":1,"opcode":43}"""));
    }

    [Theory]
    [InlineData("retry_after", """{"opcode":8,"retry_after":1e300,"meta":{"guild_id":"1"}}""")]
    [InlineData("retry_after", """{"opcode":8,"retry_after":-1,"meta":{"guild_id":"1"}}""")]
    [InlineData("retry_after", """{"opcode":8,"retry_after":"soon","meta":{"guild_id":"1"}}""")]
    [InlineData("meta", """{"opcode":8,"retry_after":1}""")]
    [InlineData("meta.guild_id", """{"opcode":8,"retry_after":1,"meta":{}}""")]
    public void Limit_without_what_it_must_have_is_malformed_by_that_name(string field, string json)
    {
        Assert.Equal($"RATE_LIMITED.{field}", Malformed("RATE_LIMITED", json).Field);
    }

    [Fact]
    public void Every_event_that_is_read_has_an_example()
    {
        Assert.All(ByEvent, example => Assert.NotNull(Decode(example.Key, example.Value)));
    }

    [Theory]
    [InlineData("TYPING_START")]
    [InlineData("message_create")]
    [InlineData("")]
    public void Unknown_event_is_not_kept_and_not_even_parsed(string type)
    {
        Assert.Null(Decode(type, "{ this is no JSON"));
    }
}
