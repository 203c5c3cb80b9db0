using Metricity.Gateway;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests.Gateway;

public sealed class SessionLogTests
{
    private static readonly GatewaySession Old = new("old", new Uri("wss://old.example"));
    private static readonly GatewaySession New = new("new", new Uri("wss://new.example"));

    [Fact]
    public void Sequence_is_next_duplicate_or_a_gap()
    {
        var log = new SessionLog(new GatewayPosition(Old, 10));

        Assert.Equal(SequenceCheck.Duplicate, log.Check(9));
        Assert.Equal(SequenceCheck.Duplicate, log.Check(10));
        Assert.Equal(SequenceCheck.Next, log.Check(11));
        Assert.Equal(SequenceCheck.Gap, log.Check(12));
    }

    [Fact]
    public void Heartbeat_carries_the_committed_sequence_of_this_session_only()
    {
        var log = new SessionLog(null) { Committed = new GatewayPosition(Old, 99) };
        Assert.Null(log.HeartbeatSequence);

        log.Delivered(New, 20);

        Assert.Null(log.HeartbeatSequence);
        log.Committed = new GatewayPosition(New, 15);
        Assert.Equal(15, log.HeartbeatSequence);
    }

    [Fact]
    public void Heartbeat_of_a_resumed_session_carries_the_stored_sequence_until_a_commit()
    {
        var log = new SessionLog(new GatewayPosition(Old, 10));
        log.Delivered(Old, 30);

        Assert.Equal(10, log.HeartbeatSequence);
        log.Committed = new GatewayPosition(new GatewaySession("old", Old.ResumeUrl), 25);
        Assert.Equal(25, log.HeartbeatSequence);
    }

    [Fact]
    public void Payload_that_is_broken_again_in_the_same_place_is_what_discord_sent()
    {
        var log = new SessionLog(new GatewayPosition(Old, 10));

        Assert.False(log.IsBrokenAgain());
        Assert.True(log.IsBrokenAgain());
        log.Delivered(Old, 11);
        Assert.False(log.IsBrokenAgain());
    }

    [Fact]
    public void Resume_is_given_up_by_count_or_by_time_but_only_after_it_reached_the_server()
    {
        var time = new FakeTimeProvider();
        var limit = new ResumeLimit(maxAttempts: 3, timeLimit: TimeSpan.FromMinutes(5), time);

        time.Advance(TimeSpan.FromHours(1));
        Assert.False(limit.Exhausted);
        limit.Failed();
        Assert.True(limit.Exhausted);

        limit.Reset();
        limit.Failed();
        limit.Failed();
        Assert.False(limit.Exhausted);
        limit.Failed();
        Assert.True(limit.Exhausted);
    }
}
