using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

/// <summary>Payloads that are not what they should be.</summary>
public sealed class GatewayDamageTests
{
    [Theory]
    [InlineData("canary {not json")]
    [InlineData("""{"t":"canary"}""")]
    [InlineData("""{"t":"canary","op":0,"d":{}}""")]
    [InlineData("""{"t":null,"s":null,"op":77,"d":{}}""")]
    [InlineData("[]")]
    public async Task Useless_text_payload_is_skipped_and_reading_goes_on(string json)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        await connection.SendTextAsync(json);
        await connection.SendDispatchAsync(2);

        Assert.Equal(2, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(1, gateway.Client.Status.Malformed + gateway.Client.Status.UnknownOps);
        Assert.Equal(1, gateway.Client.Status.Connects);
    }

    [Fact]
    public async Task Truncated_dispatch_is_delivered_so_that_its_sequence_counts()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.GoLiveAsync();
        await connection.SendTextAsync("""{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"1""");
        await connection.SendDispatchAsync(3);

        Assert.Equal(new Taken("first", 2, "MESSAGE_CREATE", """{"id":"1"""), await gateway.Consumer.NextAsync());
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.True(gateway.Client.Status is { SequenceGaps: 0, Malformed: 1 });
    }

    [Fact]
    public async Task Dispatch_before_ready_is_skipped()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var connection = await gateway.Server.AcceptAsync();
        await connection.SendHelloAsync();
        await connection.ExpectAsync(2);
        await connection.SendDispatchAsync(1);
        await connection.SendReadyAsync("first", gateway.ResumeUrl, sequence: 2);

        Assert.Equal("READY", (await gateway.Consumer.NextAsync()).Type);
    }

    [Fact]
    public async Task Ready_without_a_session_is_tried_again()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var first = await gateway.Server.AcceptAsync();
        await first.SendHelloAsync();
        await first.ExpectAsync(2);
        await first.SendDispatchAsync(1, "READY");

        await gateway.GoLiveAsync("second");
    }

    [Fact]
    public async Task Broken_zlib_stream_reconnects_with_a_fresh_one_and_resumes()
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayOptions.ZlibStream);
        var first = await gateway.GoLiveAsync();
        await first.SendDispatchAsync(2);
        var damaged = first.Compress("""{"t":"MESSAGE_CREATE","s":3,"op":0,"d":{}}""");
        damaged.AsSpan(0, damaged.Length - 4).Fill(0xA7);
        await first.SendBinaryAsync(damaged);

        var second = await gateway.Server.AcceptAsync();
        var resume = await second.ExpectResumeAsync();
        await second.SendDispatchAsync(3);

        Assert.Equal(2, resume.GetProperty("seq").GetInt64());
        Assert.Equal(2, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
    }

    [Fact]
    public async Task Broken_json_through_zlib_is_fetched_again_and_taken_as_it_is_when_it_comes_again()
    {
        const string Broken = """{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"1""";
        await using var gateway = await GatewayFixture.StartAsync(GatewayOptions.ZlibStream);
        var first = await gateway.GoLiveAsync();
        await first.SendAsync(Broken);

        var second = await gateway.Server.AcceptAsync();
        await second.ExpectResumeAsync();
        await second.SendAsync(Broken);
        await second.SendDispatchAsync(3);

        Assert.Equal(2, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
        Assert.Equal(2, gateway.Client.Status.Connects);
    }

    [Fact]
    public async Task Two_payloads_in_one_compressed_message_are_both_taken()
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayOptions.ZlibStream);
        var connection = await gateway.GoLiveAsync();
        await connection.SendBinaryAsync([
            .. connection.Compress("""{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"1"}}"""),
            .. connection.Compress("""{"t":"MESSAGE_CREATE","s":3,"op":0,"d":{"id":"2"}}""")]);

        Assert.Equal(new Taken("first", 2, "MESSAGE_CREATE", """{"id":"1"}"""), await gateway.Consumer.NextAsync());
        Assert.Equal(new Taken("first", 3, "MESSAGE_CREATE", """{"id":"2"}"""), await gateway.Consumer.NextAsync());
    }

    [Fact]
    public async Task Compressed_payload_split_over_messages_and_fragmented_text_are_reassembled()
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayOptions.ZlibStream);
        var connection = await gateway.GoLiveAsync();
        var bytes = connection.Compress("""{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"1"}}""");
        foreach (var one in bytes)
        {
            await connection.SendBinaryAsync([one]);
        }

        await connection.SendTextAsync("""{"t":"MESSAGE_CREATE","s":""", end: false);
        await connection.SendTextAsync("""3,"op":0,"d":{"id":"2"}}""");

        Assert.Equal(new Taken("first", 2, "MESSAGE_CREATE", """{"id":"1"}"""), await gateway.Consumer.NextAsync());
        Assert.Equal(new Taken("first", 3, "MESSAGE_CREATE", """{"id":"2"}"""), await gateway.Consumer.NextAsync());
    }

    [Fact]
    public async Task Payload_beyond_the_limit_reconnects_and_resumes()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            change: _ => GatewayFixture.FastOptions(GatewayOptions.NoCompression, maxPayloadBytes: 100_000));
        var first = await gateway.GoLiveAsync();
        var sending = first.SendTextAsync(new string('x', 200_000));

        var second = await gateway.Server.AcceptAsync();

        Assert.Equal(1, (await second.ExpectResumeAsync()).GetProperty("seq").GetInt64());
        await Record.ExceptionAsync(() => sending); // the client hangs up when it has enough, which may be in the middle
    }

    [Fact]
    public async Task Sixteen_megabytes_in_one_payload_are_taken()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            GatewayOptions.ZlibStream,
            change: _ => GatewayFixture.FastOptions(GatewayOptions.ZlibStream, maxPayloadBytes: 64 * 1024 * 1024));
        var connection = await gateway.GoLiveAsync();
        await connection.SendDispatchAsync(2, data: "\"" + new string('x', 16 * 1024 * 1024) + "\"");
        await connection.SendDispatchAsync(3);

        Assert.Equal((16 * 1024 * 1024) + 2, (await gateway.Consumer.NextAsync()).Data.Length);
        Assert.Equal(3, (await gateway.Consumer.NextAsync()).Sequence);
    }
}
