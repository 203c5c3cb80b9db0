using Metricity.Gateway;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests.Gateway;

public sealed class HeartTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(40);

    private readonly FakeTimeProvider _time = new();
    private readonly Heart _heart;

    public HeartTests()
    {
        _heart = new Heart(_time);
        _heart.Start(Interval);
    }

    [Fact]
    public void Silent_interval_with_an_idle_reader_is_dead()
    {
        _heart.WaitsOnSocket();
        _heart.BeatScheduled();

        _time.Advance(Interval);

        Assert.True(_heart.LooksDead);
    }

    [Fact]
    public void Answered_beat_is_alive_and_gives_the_round_trip()
    {
        _heart.WaitsOnSocket();
        _heart.BeatScheduled();
        _time.Advance(TimeSpan.FromMilliseconds(120));
        _heart.SocketAnswered();

        var roundTrip = _heart.Acknowledged();
        _heart.WaitsOnSocket();
        _time.Advance(Interval);

        Assert.Equal(TimeSpan.FromMilliseconds(120), roundTrip);
        Assert.False(_heart.LooksDead);
    }

    [Fact]
    public void Unanswered_beat_behind_data_that_still_flows_is_alive()
    {
        _heart.WaitsOnSocket();
        _heart.BeatScheduled();
        _heart.SocketAnswered();

        // The reader never finds the socket empty: a flood.
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval);
            Assert.False(_heart.LooksDead);
            _heart.BeatScheduled();
        }
    }

    [Fact]
    public void Events_without_acknowledgements_are_dead_after_three_beats()
    {
        _heart.WaitsOnSocket();
        _heart.BeatScheduled();
        for (var i = 0; i < Heart.MissesWhileDataFlows - 1; i++)
        {
            LetAnEventThrough();
            Assert.False(_heart.LooksDead);
            _heart.BeatScheduled();
        }

        LetAnEventThrough();

        Assert.True(_heart.LooksDead);
    }

    [Fact]
    public void Acknowledgement_forgives_earlier_misses()
    {
        _heart.WaitsOnSocket();
        for (var i = 0; i < Heart.MissesWhileDataFlows - 1; i++)
        {
            _heart.BeatScheduled();
            LetAnEventThrough();
        }

        _heart.Acknowledged();
        _heart.BeatScheduled();
        LetAnEventThrough();

        Assert.False(_heart.LooksDead);
    }

    [Fact]
    public void Consumer_that_blocks_is_never_held_against_the_server()
    {
        _heart.WaitsOnSocket();
        _heart.BeatScheduled();
        _heart.SocketAnswered();
        _heart.ConsumerBlocks(true);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(Interval);
            Assert.False(_heart.LooksDead);
            _heart.BeatScheduled();
        }

        _heart.ConsumerBlocks(false);
        _heart.WaitsOnSocket();

        Assert.False(_heart.LooksDead);
    }

    [Fact]
    public void Empty_socket_right_after_the_beat_proves_nothing()
    {
        _heart.BeatScheduled();
        for (var i = 0; i < 10; i++)
        {
            _heart.WaitsOnSocket();
            _time.Advance(TimeSpan.FromMilliseconds(10));
            _heart.SocketAnswered();
            _time.Advance(Interval - TimeSpan.FromMilliseconds(10));

            Assert.False(_heart.LooksDead);
            _heart.BeatScheduled();
        }
    }

    private void LetAnEventThrough()
    {
        _time.Advance(Interval * 0.75);
        _heart.SocketAnswered();
        _heart.WaitsOnSocket();
        _time.Advance(Interval * 0.25);
    }
}
