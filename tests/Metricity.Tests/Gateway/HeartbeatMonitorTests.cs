using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class HeartbeatMonitorTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(40);

    private readonly WatchedTimeProvider _time = new();
    private readonly HeartbeatMonitor _monitor;

    public HeartbeatMonitorTests()
    {
        _monitor = new HeartbeatMonitor(_time);
        _monitor.Start(Interval);
    }

    [Fact]
    public void Silent_interval_with_an_idle_reader_is_dead()
    {
        _monitor.WaitsOnSocket();
        _monitor.HeartbeatScheduled();

        _time.Advance(Interval);

        Assert.True(_monitor.LooksDead);
    }

    [Fact]
    public void Answered_beat_is_alive_and_gives_the_round_trip()
    {
        _monitor.WaitsOnSocket();
        _monitor.HeartbeatScheduled();
        _time.Advance(TimeSpan.FromMilliseconds(120));
        _monitor.SocketAnswered();

        var roundTrip = _monitor.Acknowledged();
        _monitor.WaitsOnSocket();
        _time.Advance(Interval);

        Assert.Equal(TimeSpan.FromMilliseconds(120), roundTrip);
        Assert.False(_monitor.LooksDead);
    }

    [Fact]
    public void Unanswered_beat_behind_data_that_still_flows_is_alive()
    {
        _monitor.WaitsOnSocket();
        _monitor.HeartbeatScheduled();
        _monitor.SocketAnswered();

        // The reader never finds the socket empty: a flood.
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval);
            Assert.False(_monitor.LooksDead);
            _monitor.HeartbeatScheduled();
        }
    }

    [Fact]
    public void Events_without_acknowledgements_are_dead_after_three_beats()
    {
        _monitor.WaitsOnSocket();
        _monitor.HeartbeatScheduled();
        for (var i = 0; i < HeartbeatMonitor.MissesWhileDataFlows - 1; i++)
        {
            LetAnEventThrough();
            Assert.False(_monitor.LooksDead);
            _monitor.HeartbeatScheduled();
        }

        LetAnEventThrough();

        Assert.True(_monitor.LooksDead);
    }

    [Fact]
    public void Acknowledgement_forgives_earlier_misses()
    {
        _monitor.WaitsOnSocket();
        for (var i = 0; i < HeartbeatMonitor.MissesWhileDataFlows - 1; i++)
        {
            _monitor.HeartbeatScheduled();
            LetAnEventThrough();
        }

        _monitor.Acknowledged();
        _monitor.HeartbeatScheduled();
        LetAnEventThrough();

        Assert.False(_monitor.LooksDead);
    }

    [Fact]
    public void Caller_that_does_not_ask_is_never_held_against_the_server()
    {
        _monitor.WaitsOnSocket();
        _monitor.HeartbeatScheduled();
        _monitor.SocketAnswered();
        _monitor.IsSuspended = true;
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(Interval);
            Assert.False(_monitor.LooksDead);
            _monitor.HeartbeatScheduled();
        }

        _monitor.IsSuspended = false;
        _monitor.WaitsOnSocket();

        Assert.False(_monitor.LooksDead);
    }

    [Fact]
    public void Empty_socket_right_after_the_beat_proves_nothing()
    {
        _monitor.HeartbeatScheduled();
        for (var i = 0; i < 10; i++)
        {
            _monitor.WaitsOnSocket();
            _time.Advance(TimeSpan.FromMilliseconds(10));
            _monitor.SocketAnswered();
            _time.Advance(Interval - TimeSpan.FromMilliseconds(10));

            Assert.False(_monitor.LooksDead);
            _monitor.HeartbeatScheduled();
        }
    }

    private void LetAnEventThrough()
    {
        _time.Advance(Interval * 0.75);
        _monitor.SocketAnswered();
        _monitor.WaitsOnSocket();
        _time.Advance(Interval * 0.25);
    }
}
