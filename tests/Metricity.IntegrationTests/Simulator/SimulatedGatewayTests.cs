using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.SimulatorTests;

public sealed class SimulatedGatewayTests
{
    private static readonly SimulatorOptions Options = new() { IdentifyWindow = TimeSpan.Zero };

    [Fact]
    public async Task Identify_gives_READY_then_GUILD_CREATE_then_live_events()
    {
        await using var sim = await Simulator.StartAsync(Options);
        var guild = sim.World.AddGuild();
        var channel = guild.AddChannel("general");
        using var client = await RawClient.ConnectAsync(sim.GatewayUrl);

        var ready = await client.IdentifyAsync();
        var created = await client.DispatchAsync("GUILD_CREATE");
        var posted = guild.PostMessage(channel);
        var message = await client.DispatchAsync("MESSAGE_CREATE");

        Assert.Equal(guild.Id.ToString(), ready.GetProperty("guilds")[0].GetProperty("id").GetString());
        Assert.Equal("general", created.GetProperty("channels")[0].GetProperty("name").GetString());
        Assert.False(created.GetProperty("unavailable").GetBoolean());
        Assert.Equal(posted.Id.ToString(), message.GetProperty("id").GetString());
        Assert.Equal("", message.GetProperty("content").GetString());
        Assert.Equal(3, client.Sequence);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    public async Task Zlib_stream_is_one_stream_however_it_is_cut(int split, int fragments)
    {
        await using var sim = await Simulator.StartAsync(Options);
        sim.Gateway.SplitMessages = split;
        sim.Gateway.FragmentFrames = fragments;
        var guild = sim.World.AddGuild();
        var channel = guild.AddChannel();
        using var client = await RawClient.ConnectAsync(sim.GatewayUrl, zlib: true);

        await client.IdentifyAsync();
        await client.DispatchAsync("GUILD_CREATE");
        for (var i = 0; i < 50; i++)
        {
            var id = guild.PostMessage(channel).Id.ToString();
            Assert.Equal(id, (await client.DispatchAsync("MESSAGE_CREATE")).GetProperty("id").GetString());
        }

        Assert.Equal(client.Messages, client.BinaryMessages);
        Assert.Equal(53 * split, client.Messages);
    }
}
