using System.Globalization;
using System.Net;
using System.Text.Json;
using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.SimulatorTests;

/// <summary>Paging, permissions, limits and faults of REST.</summary>
public sealed class SimulatedRestTests : IAsyncLifetime
{
    private Simulator _sim = null!;
    private HttpClient _http = null!;
    private SimGuild _guild = null!;
    private SimChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _sim = await Simulator.StartAsync(new SimulatorOptions { RateLimits = false });
        _guild = _sim.World.AddGuild();
        _channel = _guild.AddChannel("general");
        _http = RawClient.Http(_sim);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _sim.DisposeAsync();
    }

    [Fact]
    public async Task Messages_are_paged_newest_first_in_both_directions()
    {
        var ids = Enumerable.Range(0, 25).Select(_ => _guild.PostMessage(_channel).Id).ToArray();
        _guild.DeleteMessage(_channel.Messages[12]);

        var newest = await MessageIdsAsync("limit=10");
        var after = await MessageIdsAsync($"limit=10&after={ids[4]}");
        var before = await MessageIdsAsync($"limit=10&before={ids[4]}");
        var across = await MessageIdsAsync($"limit=3&after={ids[10]}");

        Assert.Equal(ids[15..].Reverse(), newest);
        Assert.Equal(ids[5..12].Concat(ids[13..16]).Reverse(), after);
        Assert.Equal(ids[..4].Reverse(), before);
        Assert.Equal([ids[14], ids[13], ids[11]], across);
    }

    [Fact]
    public async Task Missing_permissions_look_as_Discord_makes_them_look()
    {
        _guild.PostMessage(_channel);
        var voice = _guild.AddChannel("voice", SimChannelType.Voice);
        var category = _guild.AddCategory();

        _guild.HideHistory(_channel);
        Assert.Empty(await MessageIdsAsync(""));
        Assert.Equal((403, 50001), await ErrorAsync($"channels/{_channel.Id}/threads/archived/public"));
        _guild.Hide(_channel);
        Assert.Equal((403, 50001), await ErrorAsync($"channels/{_channel.Id}/messages"));
        Assert.Equal((403, 50001), await ErrorAsync($"channels/{_channel.Id}"));
        Assert.DoesNotContain(Items(await GetAsync($"guilds/{_guild.Id}/channels")), c => Id(c) == _channel.Id);
        _guild.SetOverwrites(voice, SimOverwrite.DenyEveryone(_guild, SimPermissions.Connect));
        _guild.SetBotPermissions(0);
        Assert.Equal((403, 50001), await ErrorAsync($"channels/{voice.Id}/messages"));
        Assert.Equal((400, 50024), await ErrorAsync($"channels/{category.Id}/messages"));
        _guild.DeleteChannel(_channel);
        Assert.Equal((404, 10003), await ErrorAsync($"channels/{_channel.Id}"));
        _guild.KickBot();
        Assert.Equal((403, 50001), await ErrorAsync($"guilds/{_guild.Id}"));
        Assert.Equal((404, 10004), await ErrorAsync("guilds/1"));
    }

    [Fact]
    public async Task Archived_threads_are_paged_by_time()
    {
        var threads = Enumerable.Range(0, 7).Select(i => _guild.AddThread(_channel, $"t{i}")).ToArray();
        foreach (var thread in threads)
        {
            _guild.ArchiveThread(thread);
            await Task.Delay(1);
        }

        var path = $"channels/{_channel.Id}/threads/archived/public";
        var first = await GetAsync(path + "?limit=4");
        var last = first.GetProperty("threads")[3].GetProperty("thread_metadata").GetProperty("archive_timestamp").GetString()!;
        var second = await GetAsync($"{path}?limit=4&before={Uri.EscapeDataString(last)}");

        Assert.True(first.GetProperty("has_more").GetBoolean());
        Assert.False(second.GetProperty("has_more").GetBoolean());
        Assert.Equal(
            threads.Reverse().Select(thread => thread.Id),
            Items(first.GetProperty("threads")).Concat(Items(second.GetProperty("threads"))).Select(Id));
        Assert.Equal(0, (await GetAsync($"guilds/{_guild.Id}/threads/active")).GetProperty("threads").GetArrayLength());
        Assert.Equal((400, 50035), await ErrorAsync(path + "?limit=1"));
        Assert.Equal((400, 50035), await ErrorAsync(path + "?before=" + last));
        Assert.Equal((403, 50001), await ErrorAsync($"channels/{_channel.Id}/threads/archived/private"));
    }

    [Fact]
    public async Task Members_are_paged_by_id_and_the_default_page_is_one()
    {
        _guild.Populate(0, 0, 0, members: 30);

        var one = await GetAsync($"guilds/{_guild.Id}/members");
        var all = new List<ulong>();
        for (ulong after = 0; ;)
        {
            var members = await GetAsync($"guilds/{_guild.Id}/members?limit=10&after={after}");
            var page = Items(members).Select(member => Id(member.GetProperty("user"))).ToArray();
            if (page.Length == 0)
            {
                break;
            }

            all.AddRange(page);
            after = page[^1];
        }

        Assert.Equal(1, one.GetArrayLength());
        Assert.Equal(_guild.Members.Select(member => member.Id).Order(), all);
        Assert.Equal((404, 10007), await ErrorAsync($"guilds/{_guild.Id}/members/5"));
    }

    [Fact]
    public async Task Limits_hold_and_headers_tell_of_them()
    {
        _sim.Rest.RateLimits = true;
        _sim.Rest.SetLimit("/channels/{channel}/messages", 2, TimeSpan.FromMinutes(1));
        var path = $"channels/{_channel.Id}/messages";

        using var first = await _http.GetAsync(path);
        using var second = await _http.GetAsync(path);
        using var third = await _http.GetAsync(path);
        using var other = await _http.GetAsync($"channels/{_guild.AddChannel().Id}/messages");

        Assert.Equal("1", Header(first, "X-RateLimit-Remaining"));
        Assert.Equal("0", Header(second, "X-RateLimit-Remaining"));
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal("user", Header(third, "X-RateLimit-Scope"));
        Assert.True(int.Parse(Header(third, "Retry-After"), CultureInfo.InvariantCulture) is > 50 and <= 60);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal(Header(first, "X-RateLimit-Bucket"), Header(other, "X-RateLimit-Bucket"));
        Assert.Equal(1, _sim.Rest.InvalidRequestCount);
    }

    [Fact]
    public async Task Faults_are_used_up_in_order()
    {
        _sim.Rest.Fail("gateway/bot", 502);
        _sim.Rest.RateLimitNext("cloudflare", TimeSpan.FromSeconds(3), "gateway/bot");
        _sim.Rest.TruncateJson("gateway/bot");
        _sim.Rest.ResetConnection("gateway/bot");

        using var bad = await _http.GetAsync("gateway/bot");
        using var cloudflare = await _http.GetAsync("gateway/bot");
        var truncated = await _http.GetStringAsync("gateway/bot");
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync("gateway/bot"));
        var good = await GetAsync("gateway/bot");

        Assert.Equal(502, (int)bad.StatusCode);
        Assert.Equal(429, (int)cloudflare.StatusCode);
        Assert.False(cloudflare.Headers.Contains("Via"));
        Assert.Equal("text/html", cloudflare.Content.Headers.ContentType!.MediaType);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(truncated));
        Assert.Equal(_sim.GatewayUrl.ToString(), good.GetProperty("url").GetString());
        Assert.Equal(1000, good.GetProperty("session_start_limit").GetProperty("remaining").GetInt32());
        Assert.Equal(5, _sim.Rest.CountOf("/gateway/bot"));
    }

    [Fact]
    public async Task Wrong_token_is_401_and_counts()
    {
        _sim.Gateway.ResetToken("other");

        using var answer = await _http.GetAsync("users/@me");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(1, _sim.Rest.InvalidRequestCount);
    }

    private static string Header(HttpResponseMessage response, string name)
    {
        return response.Headers.GetValues(name).Single();
    }

    private static ulong Id(JsonElement item)
    {
        return ulong.Parse(item.GetProperty("id").GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static JsonElement[] Items(JsonElement array)
    {
        return [.. array.EnumerateArray()];
    }

    private async Task<ulong[]> MessageIdsAsync(string query)
    {
        return [.. Items(await GetAsync($"channels/{_channel.Id}/messages?{query}")).Select(Id)];
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    private async Task<(int Status, int Code)> ErrorAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, document.RootElement.GetProperty("code").GetInt32());
    }
}
