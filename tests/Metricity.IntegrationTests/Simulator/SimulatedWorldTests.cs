using System.Text.Json;
using Metricity.DiscordSimulator;
using Microsoft.Extensions.Time.Testing;

namespace Metricity.IntegrationTests.SimulatorTests;

/// <summary>What the bot is told of the world: intents, visibility, content, member chunks.</summary>
public sealed class SimulatedWorldTests : IAsyncLifetime
{
    private Simulator _sim = null!;
    private SimGuild _guild = null!;
    private SimChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _sim = await Simulator.StartAsync(new SimulatorOptions { IdentifyWindow = TimeSpan.Zero });
        _guild = _sim.World.AddGuild();
        _channel = _guild.AddChannel("general", parent: _guild.AddCategory("talk"));
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_sim.Gateway.Failures);
        await _sim.DisposeAsync();
    }

    [Fact]
    public async Task Intents_decide_which_events_come()
    {
        using var client = await LiveAsync(intents: SimIntents.Guilds);

        _guild.PostMessage(_channel);
        _guild.AddMember("ann");
        _guild.RenameChannel(_channel, "renamed");

        Assert.Equal("renamed", Text(await client.DispatchAsync("CHANNEL_UPDATE"), "name"));
    }

    [Fact]
    public async Task Content_is_empty_unless_the_bot_is_mentioned()
    {
        using var client = await LiveAsync();

        var plain = _guild.PostMessage(_channel, options: new MessageOptions { Content = "secret" });
        _guild.PostMessage(_channel, options: new MessageOptions { Content = "hello bot", MentionsBot = true, ReplyTo = plain });
        var first = await client.DispatchAsync("MESSAGE_CREATE");
        var second = await client.DispatchAsync("MESSAGE_CREATE");

        Assert.Equal("", Text(first, "content"));
        Assert.Equal("hello bot", Text(second, "content"));
        Assert.Equal(19, second.GetProperty("type").GetInt32());
        Assert.Equal("", Text(second.GetProperty("referenced_message"), "content"));
    }

    [Fact]
    public async Task Canary_is_in_every_content_field_and_in_no_stored_name()
    {
        await using var sim = await Simulator.StartAsync(new SimulatorOptions { Canary = "CANARY" });
        var guild = sim.World.AddGuild();
        var channel = guild.AddChannel("general");
        using var client = await RawClient.ConnectAsync(sim.GatewayUrl);
        await client.IdentifyAsync();
        var created = await client.DispatchAsync("GUILD_CREATE");

        guild.PostMessage(channel, options: new MessageOptions { ForwardOf = guild.PostMessage(channel) });
        var original = await client.DispatchAsync("MESSAGE_CREATE");
        var forward = await client.DispatchAsync("MESSAGE_CREATE");

        Assert.Equal("CANARY", Text(created.GetProperty("channels")[0], "topic"));
        Assert.Equal("general", Text(created.GetProperty("channels")[0], "name"));
        foreach (var field in new[] { "content", "embeds", "attachments", "components", "poll", "sticker_items", "member" })
        {
            Assert.Contains("CANARY", original.GetProperty(field).GetRawText(), StringComparison.Ordinal);
        }

        Assert.Contains("CANARY", forward.GetProperty("message_snapshots").GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", Text(original.GetProperty("author"), "username"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hidden_channel_is_obfuscated_and_silent_until_it_is_shown()
    {
        _guild.Hide(_channel.Parent!);
        using var client = await LiveAsync();

        _guild.Hide(_channel);
        var hidden = await client.DispatchAsync("CHANNEL_UPDATE");
        var category = await client.DispatchAsync("CHANNEL_UPDATE");
        _guild.PostMessage(_channel);
        _guild.AddThread(_channel);
        _guild.Unhide(_channel);
        var shownCategory = await client.DispatchAsync("CHANNEL_UPDATE");
        var shown = await client.DispatchAsync("CHANNEL_UPDATE");
        var sync = await client.DispatchAsync("THREAD_LIST_SYNC");

        var byId = new[] { hidden, category }.ToDictionary(c => Text(c, "id")!);
        Assert.Equal("___hidden___", Text(byId[_channel.Id.ToString()], "name"));
        Assert.Equal(1 << 17, byId[_channel.Id.ToString()].GetProperty("flags").GetInt32());
        Assert.Equal(["general", "talk"], new[] { Text(shown, "name"), Text(shownCategory, "name") }.Order());
        Assert.Equal(1, sync.GetProperty("threads").GetArrayLength());
    }

    [Fact]
    public async Task Private_thread_is_silent_until_the_bot_is_added()
    {
        using var client = await LiveAsync();

        var thread = _guild.AddThread(_channel, options: new ThreadOptions { Type = SimChannelType.PrivateThread });
        _guild.PostMessage(thread);
        _guild.AddBotToPrivateThread(thread);
        var gained = await client.DispatchAsync("THREAD_CREATE");

        Assert.Equal(thread.Id.ToString(), Text(gained, "id"));
        Assert.False(gained.TryGetProperty("newly_created", out _));
        Assert.True(gained.TryGetProperty("member", out _));
    }

    [Fact]
    public async Task Threads_tell_their_whole_story()
    {
        var forum = _guild.AddChannel("help", SimChannelType.Forum);
        using var client = await LiveAsync();

        var post = _guild.AddThread(forum, "question");
        _guild.ArchiveThread(post);
        _guild.PostMessage(post);
        _guild.DeleteThread(post);
        var created = await client.DispatchAsync("THREAD_CREATE");
        var starter = await client.DispatchAsync("MESSAGE_CREATE");
        var archived = await client.DispatchAsync("THREAD_UPDATE");
        var unarchived = await client.DispatchAsync("THREAD_UPDATE");
        await client.DispatchAsync("MESSAGE_CREATE");
        var deleted = await client.DispatchAsync("THREAD_DELETE");

        Assert.True(created.GetProperty("newly_created").GetBoolean());
        Assert.Equal(Text(created, "id"), Text(starter, "id"));
        Assert.True(archived.GetProperty("thread_metadata").GetProperty("archived").GetBoolean());
        Assert.False(unarchived.GetProperty("thread_metadata").GetProperty("archived").GetBoolean());
        Assert.Equal(4, deleted.EnumerateObject().Count());
    }

    [Fact]
    public async Task Member_request_is_answered_in_chunks_once_in_the_window()
    {
        _guild.Populate(0, 0, 0, members: 2500);
        using var client = await LiveAsync();
        var request = new { op = 8, d = new { guild_id = _guild.Id.ToString(), query = "", limit = 0, nonce = "n" } };

        await client.SendAsync(request);
        var ids = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var chunk = await client.DispatchAsync("GUILD_MEMBERS_CHUNK");
            var (index, count) = (chunk.GetProperty("chunk_index").GetInt32(), chunk.GetProperty("chunk_count").GetInt32());
            Assert.Equal((i, 3, "n"), (index, count, Text(chunk, "nonce")));
            ids.UnionWith(chunk.GetProperty("members").EnumerateArray().Select(member => Text(member.GetProperty("user"), "id")!));
        }

        await client.SendAsync(request);
        var limited = await client.DispatchAsync("RATE_LIMITED");

        Assert.Equal(_guild.Members.Select(member => member.Id.ToString()).ToHashSet(), ids);
        Assert.Equal("n", Text(limited.GetProperty("meta"), "nonce"));
        Assert.InRange(limited.GetProperty("retry_after").GetDouble(), 1, 30);
    }

    [Theory]
    [InlineData(SimChunks.Reversed, "2 1 0")]
    [InlineData(SimChunks.OneMissing, "0 2")]
    [InlineData(SimChunks.DisconnectMidway, "0 1")]
    public async Task Chunks_go_wrong_on_demand(SimChunks fault, string indexes)
    {
        _guild.Populate(0, 0, 0, members: 2500);
        using var client = await LiveAsync();
        _sim.Gateway.MemberChunks = fault;

        await client.SendAsync(new { op = 8, d = new { guild_id = _guild.Id.ToString(), query = "", limit = 0, nonce = "n" } });
        var seen = new List<int>();
        foreach (var _ in indexes.Split(' '))
        {
            seen.Add((await client.DispatchAsync("GUILD_MEMBERS_CHUNK")).GetProperty("chunk_index").GetInt32());
        }

        Assert.Equal(indexes, string.Join(' ', seen));
    }

    [Fact]
    public async Task Thread_that_nobody_announced_has_messages_all_the_same()
    {
        using var client = await LiveAsync();

        var thread = _guild.AddThread(_channel, options: new ThreadOptions { Silent = true });
        _guild.PostMessage(thread);

        Assert.Equal(thread.Id.ToString(), Text(await client.DispatchAsync("MESSAGE_CREATE"), "channel_id"));
    }

    [Fact]
    public void Ledger_holds_what_is_gone_too()
    {
        var ann = _guild.AddMember("ann");
        var thread = _guild.AddThread(_channel, "help", ann);
        var message = _guild.PostMessage(thread, ann);
        _guild.DeleteMessage(message);
        _guild.RemoveMember(ann);
        _guild.DeleteThread(thread);
        _guild.DeleteChannel(_channel.Parent!);

        var truth = _sim.World.Truth(_guild);

        Assert.True(truth.Categories.Single().Deleted);
        Assert.Null(truth.Channels.Single().CategoryId);
        Assert.Equal((true, "public_thread", ann.Id), truth.Threads.Select(row => (row.Deleted, row.Type, row.OwnerId)).Single());
        Assert.False(truth.Users.Single(row => row.Name == "ann").InGuild);
        Assert.Equal((_channel.Id, thread.Id, true), truth.Messages.Where(row => row.Id == message.Id)
            .Select(row => (row.ChannelId, row.ThreadId!.Value, row.IsDeleted)).Single());
        Assert.Equal(1, truth.Counters.Leaves);
    }

    [Fact]
    public async Task Guild_comes_and_goes_as_the_documentation_says()
    {
        using var client = await LiveAsync();

        _guild.SetUnavailable(true);
        _guild.PostMessage(_channel);
        _guild.SetUnavailable(false);
        _guild.KickBot();
        _guild.InviteBot();
        var outage = await client.DispatchAsync("GUILD_DELETE");
        var back = await client.DispatchAsync("GUILD_CREATE");
        var kicked = await client.DispatchAsync("GUILD_DELETE");
        var joined = await client.DispatchAsync("GUILD_CREATE");

        Assert.True(outage.GetProperty("unavailable").GetBoolean());
        Assert.False(back.GetProperty("unavailable").GetBoolean());
        Assert.False(kicked.TryGetProperty("unavailable", out _));
        Assert.False(joined.TryGetProperty("unavailable", out _));
    }

    [Fact]
    public async Task Life_with_one_seed_is_one_life()
    {
        var clock = new FakeTimeProvider(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var ledgers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var sim = await Simulator.StartAsync(new SimulatorOptions { Seed = 7, TimeProvider = clock });
            var guild = sim.World.AddGuild();
            guild.Populate(2, 20, 5, 50);
            var life = new SimLife(guild);
            for (var step = 0; step < 3000; step++)
            {
                life.Step();
            }

            var truth = sim.World.Truth(guild);
            Assert.InRange(truth.Messages.Count, 1500, 3000);
            Assert.Contains(truth.Threads, thread => thread.Archived);
            ledgers.Add(JsonSerializer.Serialize(truth));
        }

        Assert.Equal(ledgers[0], ledgers[1]);
    }

    private static string? Text(JsonElement element, string name)
    {
        return element.GetProperty(name).GetString();
    }

    private async Task<RawClient> LiveAsync(int intents = 515)
    {
        var client = await RawClient.ConnectAsync(_sim.GatewayUrl);
        await client.IdentifyAsync(intents);
        await client.DispatchAsync("GUILD_CREATE");
        return client;
    }
}
