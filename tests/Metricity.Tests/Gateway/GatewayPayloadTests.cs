using System.Text;
using System.Text.Json;
using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class GatewayPayloadTests
{
    private static readonly Uri Connected = new("wss://gateway.example.test");

    [Fact]
    public void Identify_asks_for_guilds_members_and_messages_and_nothing_else()
    {
        var options = new GatewayOptions { Token = new Secret("T"), ShardId = 1, ShardCount = 3 };

        using var json = JsonDocument.Parse(GatewayPayloadWriter.Identify(options));

        Assert.Equal(2, json.RootElement.GetProperty("op").GetInt32());
        var data = json.RootElement.GetProperty("d");
        Assert.Equal(["token", "intents", "properties", "shard"], data.EnumerateObject().Select(p => p.Name));
        Assert.Equal("T", data.GetProperty("token").GetString());
        Assert.Equal(515, data.GetProperty("intents").GetInt32());
        Assert.Equal("[1,3]", data.GetProperty("shard").GetRawText());
        Assert.Equal(["os", "browser", "device"], data.GetProperty("properties").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void Sent_payloads_are_what_discord_documents()
    {
        Assert.Equal("""{"op":1,"d":null}""", Encoding.UTF8.GetString(GatewayPayloadWriter.Heartbeat(null)));
        Assert.Equal("""{"op":1,"d":251}""", Encoding.UTF8.GetString(GatewayPayloadWriter.Heartbeat(251)));
        Assert.Equal(
            """{"op":6,"d":{"token":"T","session_id":"abc","seq":9}}""",
            Encoding.UTF8.GetString(GatewayPayloadWriter.Resume(new Secret("T"), "abc", 9)));
        Assert.Equal(
            """{"op":8,"d":{"guild_id":"18446744073709551615","query":"","limit":0,"nonce":"sync-1"}}""",
            Encoding.UTF8.GetString(GatewayPayloadWriter.RequestMembers(ulong.MaxValue, "sync-1")));
    }

    [Fact]
    public void Token_never_prints()
    {
        var token = new Secret("very-secret");

        Assert.Equal("***", token.ToString());
        Assert.Equal("***", $"{token}");
        Assert.DoesNotContain("very-secret", new GatewayOptions { Token = token }.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wss://resume.example.test", "wss://resume.example.test/?v=10&encoding=json&compress=zlib-stream")]
    [InlineData("wss://resume.example.test/", "wss://resume.example.test/?v=10&encoding=json&compress=zlib-stream")]
    [InlineData("ws://127.0.0.1:8080/gw", "ws://127.0.0.1:8080/gw?v=10&encoding=json&compress=zlib-stream")]
    public void Address_gets_the_query_with_and_without_a_trailing_slash(string url, string expected)
    {
        Assert.Equal(expected, GatewayUri.Build(new Uri(url), zlib: true).AbsoluteUri);
    }

    [Fact]
    public void Address_without_compression_does_not_ask_for_it()
    {
        Assert.Equal("?v=10&encoding=json", GatewayUri.Build(Connected, zlib: false).Query);
    }

    [Fact]
    public void Session_is_read_from_ready_among_other_fields()
    {
        var ready = """
            {"v":10,"user":{"session_id":"not this","id":"1"},"guilds":[{"id":"2","unavailable":true}],
             "session_id":"abc","resume_gateway_url":"wss://resume.example.test","shard":[0,1]}
            """u8;

        var session = GatewayPayloadReader.ReadSession(ready, Connected);

        Assert.Equal(new GatewaySession("abc", new Uri("wss://resume.example.test")), session);
    }

    [Theory]
    [InlineData("""{"session_id":"abc"}""")]
    [InlineData("""{"session_id":"abc","resume_gateway_url":null}""")]
    [InlineData("""{"session_id":"abc","resume_gateway_url":"not a url"}""")]
    [InlineData("""{"session_id":"abc","resume_gateway_url":"https://resume.example.test"}""")]
    [InlineData("""{"session_id":"abc","resume_gateway_url":"ws://resume.example.test"}""")]
    public void Resume_address_that_is_missing_odd_or_without_tls_is_replaced_by_the_connected_one(string ready)
    {
        var session = GatewayPayloadReader.ReadSession(Encoding.UTF8.GetBytes(ready), Connected);

        Assert.Equal(new GatewaySession("abc", Connected), session);
    }

    [Theory]
    [InlineData("""{"resume_gateway_url":"wss://resume.example.test"}""")]
    [InlineData("""{"session_id":7}""")]
    [InlineData("""{"session_id":""}""")]
    [InlineData("""{"session_id":"ab""")]
    [InlineData("null")]
    [InlineData("")]
    public void Ready_without_a_session_id_has_no_session(string ready)
    {
        Assert.Null(GatewayPayloadReader.ReadSession(Encoding.UTF8.GetBytes(ready), Connected));
    }

    [Theory]
    [InlineData("""{"heartbeat_interval":41250}""", 41250.0)]
    [InlineData("""{"_trace":["x",{}],"heartbeat_interval":45000.5}""", 45000.5)]
    [InlineData("""{"heartbeat_interval":0}""", null)]
    [InlineData("""{"heartbeat_interval":-1}""", null)]
    [InlineData("""{"heartbeat_interval":"41250"}""", null)]
    [InlineData("""{"heartbeat_interval":1e300}""", null)]
    [InlineData("""{"heartbeat""", null)]
    [InlineData("""{}""", null)]
    [InlineData("null", null)]
    public void Heartbeat_interval_is_read_or_refused(string hello, double? milliseconds)
    {
        var interval = GatewayPayloadReader.ReadHeartbeatInterval(Encoding.UTF8.GetBytes(hello));

        Assert.Equal(milliseconds, interval?.TotalMilliseconds);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("1", false)]
    public void Only_a_plain_true_makes_an_invalid_session_resumable(string data, bool resumable)
    {
        Assert.Equal(resumable, GatewayPayloadReader.ReadResumable(Encoding.UTF8.GetBytes(data)));
    }
}
