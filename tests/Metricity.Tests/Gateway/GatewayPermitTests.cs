using System.Collections.Concurrent;
using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class GatewayPermitTests
{
    [Fact]
    public async Task Permit_is_asked_before_connecting_and_taken_before_the_identify()
    {
        var permit = new ScriptedPermit();
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);

        await gateway.GoLiveAsync();

        Assert.Equal([false, true], permit.Asked);
    }

    [Fact]
    public async Task Resume_needs_no_permit()
    {
        var permit = new ScriptedPermit();
        await using var gateway = await GatewayFixture.StartAsync(
            resumeFrom: new GatewayPosition(new GatewaySession("stored", new Uri("ws://127.0.0.1:1/")), 41), permit: permit.AskAsync);

        var connection = await gateway.Server.AcceptAsync();
        await connection.ExpectResumeAsync();

        Assert.Empty(permit.Asked);
    }

    [Fact]
    public async Task Wait_is_kept_before_connecting()
    {
        var permit = new ScriptedPermit { Answer = (n, _) => n == 1 ? TimeSpan.FromMilliseconds(50) : TimeSpan.Zero };
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);

        await gateway.GoLiveAsync();

        Assert.Equal([false, false, true], permit.Asked);
        Assert.Equal(2, gateway.Directory.Asked);
        Assert.Equal(1, gateway.Client.Status.Connects);
    }

    [Fact]
    public async Task Turn_that_another_process_took_meanwhile_is_waited_for_on_the_open_connection()
    {
        var permit = new ScriptedPermit { Answer = (n, take) => take && n < 4 ? TimeSpan.FromMilliseconds(50) : TimeSpan.Zero };
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);

        await gateway.GoLiveAsync();

        Assert.Equal([false, true, true, true], permit.Asked);
        Assert.Equal(1, gateway.Client.Status.Connects);
        Assert.Equal(1, gateway.Client.Status.Identifies);
    }

    [Fact]
    public async Task Permit_that_cannot_be_known_keeps_from_connecting_and_is_asked_again()
    {
        var permit = new ScriptedPermit { Answer = (n, _) => n <= 3 ? throw new IdentifyPermitException("no database.") : TimeSpan.Zero };
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);

        await gateway.GoLiveAsync();

        Assert.Equal(1, gateway.Client.Status.Connects);
        Assert.Equal(3, gateway.Log.GetSnapshot().Count(record =>
            record.Message.Contains("no new session may begin now: no database. Next", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Permit_that_cannot_be_noted_sends_no_identify()
    {
        var permit = new ScriptedPermit { Answer = (n, take) => take && n < 4 ? throw new IdentifyPermitException("no database.") : TimeSpan.Zero };
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);
        await (await gateway.Server.AcceptAsync()).SendHelloAsync();

        await gateway.GoLiveAsync();

        Assert.Equal([false, true, false, true], permit.Asked);
        Assert.Equal(1, gateway.Client.Status.Identifies);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Permit_that_fails_for_good_ends_the_run(bool whenTaken)
    {
        var permit = new ScriptedPermit { Answer = (_, take) => take == whenTaken ? throw new NotSupportedException() : TimeSpan.Zero };
        await using var gateway = await GatewayFixture.StartAsync(permit: permit.AskAsync);
        if (whenTaken)
        {
            await (await gateway.Server.AcceptAsync()).SendHelloAsync();
        }

        await Assert.ThrowsAsync<NotSupportedException>(() => gateway.Running);

        Assert.Equal(0, gateway.Client.Status.Identifies);
    }

    private sealed class ScriptedPermit
    {
        private readonly ConcurrentQueue<bool> _asked = new();

        /// <summary>By the number of the question and whether it takes; may throw.</summary>
        public Func<int, bool, TimeSpan> Answer { get; init; } = (_, _) => TimeSpan.Zero;

        public IReadOnlyCollection<bool> Asked => _asked;

        public async Task<TimeSpan> AskAsync(SessionStartLimit limit, bool take, CancellationToken cancellationToken)
        {
            await Task.Yield();
            _asked.Enqueue(take);

            return Answer(_asked.Count, take);
        }
    }
}
