using System.Text;
using Microsoft.Extensions.Logging;

namespace Metricity.IntegrationTests.Collect;

/// <summary>Payloads that are wrong: the program goes on or reconnects, says so, and stores what comes after.</summary>
public sealed class WrongPayloadTests
{
    [Theory]
    [InlineData("MESSAGE_CREATE", """{"id":"1","channel_id":"2","guild_id":"GUILD","author":{"id":"3","username":""")]
    [InlineData("MESSAGE_CREATE", """{"id":{},"channel_id":[],"guild_id":"GUILD","type":0,"author":{"id":"3","username":"x"}}""")]
    [InlineData("MESSAGE_CREATE", """{"id":"1","channel_id":"2","guild_id":"GUILD","type":0,"author":"somebody"}""")]
    [InlineData("MESSAGE_CREATE", """{"id":"99999999999999999999999","channel_id":"2","guild_id":"GUILD","author":{"id":"3"}}""")]
    [InlineData("MESSAGE_CREATE", "null")]
    [InlineData("MESSAGE_CREATE", "7")]
    [InlineData("MESSAGE_DELETE_BULK", """{"ids":"all","channel_id":"2","guild_id":"GUILD"}""")]
    [InlineData("GUILD_MEMBER_ADD", """{"guild_id":"GUILD","user":null}""")]
    [InlineData("CHANNEL_CREATE", """{"guild_id":"GUILD","id":"5","type":"text"}""")]
    [InlineData("THREAD_CREATE", """{"guild_id":"GUILD","id":"5","type":11,"parent_id":"6","name":"x","thread_metadata":[]}""")]
    public async Task Truncated_json_and_wrong_types_are_skipped_with_a_record_of_type_and_sequence(string type, string payload)
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch(type, payload.Replace("GUILD", $"{run.Guild.Id}", StringComparison.Ordinal));
        var sequence = run.Discord.Gateway.LastSequence;

        await AssertGoesOnAsync(run);
        var record = Assert.Single(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.MalformedPayload);
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.Contains(type, record.Message, StringComparison.Ordinal);
        Assert.Contains($"{sequence}", record.Message, StringComparison.Ordinal);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Unknown_event_is_skipped_and_its_sequence_counts()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch("NOBODY_KNOWS", """{"guild_id":"1","deep":[[[{"a":1}]]]}""");
        await run.WaitUntilCommittedAsync();

        await AssertGoesOnAsync(run);
        Assert.DoesNotContain(run.Log.GetSnapshot(), record => record.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Unknown_fields_and_enum_values_are_skipped()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();

        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(
            id, run.General.Id, run.Guild.Id, run.Ann.Id, more: ""","new":{"a":[1,2,{"b":null}]},"flags":99999999"""));
        var channel = run.Guild.AddChannel("new kind", type: 77);

        await AssertGoesOnAsync(run);
        Assert.NotNull(await run.Tables.MessageAsync(id));
        Assert.Equal("unknown_77", (await run.Tables.ChannelAsync(channel)).Type);
    }

    [Fact]
    public async Task Invalid_utf8_in_an_event_loses_no_other_event()
    {
        await using var run = await CollectorHarness.StartAsync();
        byte[] payload =
        [
            .. Encoding.UTF8.GetBytes($$"""{"guild_id":"{{run.Guild.Id}}","user":{"id":"4711000000000000","username":"a"""),
            0xC3, 0x28, 0xFF,
            .. Encoding.UTF8.GetBytes("""b"},"roles":[],"joined_at":"2024-01-01T00:00:00+00:00"}"""),
        ];

        run.Discord.Gateway.SendDispatch("GUILD_MEMBER_ADD", payload);

        await AssertGoesOnAsync(run);
        Assert.Contains('\uFFFD', (await run.Tables.UserAsync(4711_000_000_000_000)).Name);
    }

    [Fact]
    public async Task Nul_characters_and_lone_surrogates_in_names_are_stored_without_them()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch("GUILD_MEMBER_ADD", $$"""
            {"guild_id":"{{run.Guild.Id}}","user":{"id":"4711000000000000","username":"a\u0000b\ud800c"},
            "roles":[],"joined_at":"2024-01-01T00:00:00+00:00"}
            """);

        await AssertGoesOnAsync(run);
        var name = (await run.Tables.UserAsync(4711_000_000_000_000)).Name;
        Assert.StartsWith("a", name, StringComparison.Ordinal);
        Assert.EndsWith("c", name, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', name);
    }

    [Theory]
    [InlineData("no JSON at all", true)]
    [InlineData("""{"s":5,"t":"MESSAGE_CREATE","d":{}}""", true)]
    [InlineData("""{"op":0,"t":"MESSAGE_CREATE","d":{}}""", true)]
    [InlineData("""{"op":"zero","d":{}}""", true)]
    [InlineData("""[]""", true)]
    [InlineData("""{"op":99,"d":null}""", false)]
    public async Task Envelope_that_makes_no_sense_is_skipped_and_logged_and_one_that_is_new_is_skipped(string payload, bool isLogged)
    {
        await using var run = await CollectorHarness.StartAsync(run => run.Compression = "none");
        var before = run.Guild.PostMessage(run.General, run.Ann);

        run.Discord.Gateway.SendRaw(payload);

        await AssertGoesOnAsync(run);
        Assert.NotNull(await run.Tables.MessageAsync(before));
        Assert.Equal(
            isLogged, run.Log.GetSnapshot().Any(record => record is { Level: LogLevel.Error, Id.Id: LogEvents.Gateway.MalformedPayload }));
        Assert.Equal(0, run.Discord.Gateway.ResumeCount);
    }

    [Theory]
    [InlineData("zlib-stream")]
    [InlineData("none")]
    public async Task Frame_of_16_megabytes_is_read_and_skipped(string compression)
    {
        await using var run = await CollectorHarness.StartAsync(run => run.Compression = compression);

        run.Discord.Gateway.SendBigPayload(16 * 1024 * 1024);

        await AssertGoesOnAsync(run);
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
        Assert.Equal(0, run.Discord.Gateway.ResumeCount);
    }

    [Fact]
    public async Task Broken_zlib_ends_the_connection_and_the_session_is_resumed()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.CorruptNextPayload();
        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.PassTimeUntilAsync(() => run.Discord.Gateway.ResumedCount > 0, "the session is resumed");

        await AssertGoesOnAsync(run);
        Assert.NotNull(await run.Tables.MessageAsync(message));
        Assert.Equal(1, run.Discord.Gateway.IdentifyCount);
        Assert.Contains(run.Log.GetSnapshot(), record => record is { Level: LogLevel.Warning, Id.Id: LogEvents.Gateway.ConnectionEnded });
    }

    [Fact]
    public async Task Broken_frame_ends_the_connection_and_the_session_is_resumed()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendRawBytes(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF });
        await run.PassTimeUntilAsync(() => run.Discord.Gateway.ResumedCount > 0, "the session is resumed");

        await AssertGoesOnAsync(run);
        Assert.Contains(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Gateway.ConnectionEnded);
    }

    [Fact]
    public async Task Gap_in_the_sequence_is_reported_as_an_error_and_what_follows_is_stored()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SkipSequence(3);

        await AssertGoesOnAsync(run);
        Assert.Contains(run.Log.GetSnapshot(), record => record is { Level: LogLevel.Error, Id.Id: LogEvents.Gateway.SequenceGap });
    }

    [Fact]
    public async Task Unreadable_elements_of_a_list_are_left_out_and_the_rest_is_kept()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch("GUILD_MEMBERS_CHUNK", Payloads.Chunk(
            run.Guild, null, 0, 1, """{"user":7}""", Payloads.Member(4711_000_000_000_000, "kept")));

        await AssertGoesOnAsync(run);
        Assert.Equal("kept", (await run.Tables.UserAsync(4711_000_000_000_000)).Name);
        Assert.True((await run.Tables.UserAsync(run.Ann)).InGuild);
        Assert.Contains(run.Log.GetSnapshot(), record => record.Id.Id == LogEvents.Collect.ElementsSkipped);
    }

    /// <summary>A message that comes afterwards is stored, and the position goes on.</summary>
    private static async Task AssertGoesOnAsync(CollectorHarness run)
    {
        var message = run.Guild.PostMessage(run.General, run.Ann);
        await run.PassTimeUntilAsync(async () => await run.Tables.MessageAsync(message) is not null, "a later message is stored");
        await run.WaitUntilCommittedAsync();
        Assert.Empty(run.Discord.Gateway.Failures);
    }
}
