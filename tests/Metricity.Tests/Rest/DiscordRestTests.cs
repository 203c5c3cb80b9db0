using Metricity.Events;

namespace Metricity.Tests.Rest;

public sealed class DiscordRestTests
{
    private const string Member =
        """{"user":{"id":"80351110224678912","username":"nelly","avatar":null,"bot":true},"roles":["41771983423143936"],"joined_at":null""";

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScriptedDiscord _discord = new();

    [Fact]
    public async Task Request_carries_token_and_user_agent_and_keeps_the_path_of_the_base_url()
    {
        _discord.Then(200, "[]");

        await _discord.Client(o => new() { Token = o.Token, BaseUrl = new("http://127.0.0.1:9/some/api/v10/") })
            .GetRolesAsync(ScriptedDiscord.Guild, None);

        var request = _discord.Requests[0].Request;
        Assert.Equal("Bot " + ScriptedDiscord.Token, request.Headers.Authorization!.ToString());
        Assert.Matches(
            @"^DiscordBot \(https://github\.com/metricity-dotnet/metricity, \d+\.\d+\.\d+\)$", request.Headers.UserAgent.ToString());
        Assert.Equal("http://127.0.0.1:9/some/api/v10/guilds/81384788765712384/roles", request.RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task Gateway_bot_is_read()
    {
        _discord.Then(200, """
            {"url":"wss://gateway.discord.gg","shards":1,"extra":{"a":[1]},
            "session_start_limit":{"total":1000,"remaining":997,"reset_after":14400000,"max_concurrency":1}}
            """);

        var answer = await _discord.Client().GetGatewayBotAsync(None);

        Assert.Equal(new(new("wss://gateway.discord.gg"), new(1000, 997, TimeSpan.FromHours(4), 1)), answer);
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1 << 14, true, false)]
    [InlineData(1 << 15, true, false)]
    [InlineData(1 << 18, false, true)]
    [InlineData((1 << 19) | (1 << 15), true, true)]
    public async Task Application_flags_tell_the_intents(long flags, bool members, bool content)
    {
        _discord.Then(200, $$"""{"id":"172150183260323840","name":"x","flags":{{flags}}}""");

        var application = await _discord.Client().GetCurrentApplicationAsync(None);

        Assert.Equal((members, content), (application.HasMembersIntent, application.HasMessageContentIntent));
    }

    [Fact]
    public async Task Guild_is_asked_with_counts_and_read_with_its_roles()
    {
        _discord.Then(200, """
            {"id":"81384788765712384","owner_id":"80351110224678912","approximate_member_count":42,
            "roles":[{"id":"81384788765712384","permissions":"18446744073709551615"},{"id":"9","permissions":"x"},
            {"id":"7","permissions":"8"}]}
            """);
        var client = _discord.Client();

        var guild = await client.GetGuildAsync(ScriptedDiscord.Guild, None);

        Assert.Equal("?with_counts=true", _discord.Requests[0].Request.RequestUri!.Query);
        Assert.Equal((ScriptedDiscord.Guild, new Snowflake(80351110224678912), 42), (guild.Id, guild.OwnerId, guild.MemberCount));
        Assert.Equal([new(ScriptedDiscord.Guild, ulong.MaxValue), new(new(7), 8)], guild.Roles);
        Assert.Equal(1, client.Status.SkippedElements);
    }

    [Fact]
    public async Task Channels_are_read_with_their_overwrites()
    {
        _discord.Then(200, """
            [{"permission_overwrites":[{"id":"5","type":0,"allow":"1024","deny":"65536"},{"id":"6","type":1,"allow":"0","deny":"1024"}],
            "id":"381870553235193857","type":0,"name":"general","parent_id":"4","topic":"never kept"},
            {"id":"4","type":4,"name":"Talk","permission_overwrites":null},
            {"id":"broken","type":0}]
            """);
        var client = _discord.Client();

        var channels = await client.GetChannelsAsync(ScriptedDiscord.Guild, None);

        Assert.Equal(2, channels.Count);
        Assert.Equal(new(ScriptedDiscord.Channel, ChannelType.Text, "general", new(4), IsHidden: false), channels[0].Facts);
        Assert.Equal([new(new(5), IsMember: false, 1024, 65536), new(new(6), IsMember: true, 0, 1024)], channels[0].Overwrites);
        Assert.Empty(channels[1].Overwrites);
        Assert.Equal(1, client.Status.SkippedElements);
    }

    [Fact]
    public async Task Member_page_counts_what_was_sent_so_that_a_broken_member_does_not_end_the_paging()
    {
        _discord.Then(200, $$"""[{{Member}}},{"user":null,"roles":[]},{{Member}},"avatar":"a_1"}]""");
        var client = _discord.Client(o => new()
        {
            Token = o.Token,
            BaseUrl = o.BaseUrl,
            StaffRoleIds = new HashSet<Snowflake> { new(41771983423143936) },
        });

        var page = await client.GetMembersAsync(ScriptedDiscord.Guild, new(77), 3, None);

        Assert.Equal("?limit=3&after=77", _discord.Requests[0].Request.RequestUri!.Query);
        Assert.Equal((2, 3), (page.Items.Count, page.Received));
        Assert.All(page.Items, member => Assert.True(member is { IsMember: true, IsBot: true, IsStaff: true, Name: "nelly" }));
    }

    [Fact]
    public async Task Member_is_read_with_roles_and_time_out()
    {
        _discord.Then(200, $$"""{{Member}},"communication_disabled_until":"2026-03-01T13:00:00.5+00:00"}""");

        var member = await _discord.Client().GetMemberAsync(ScriptedDiscord.Guild, new(80351110224678912), None);

        Assert.EndsWith("/guilds/81384788765712384/members/80351110224678912", _discord.Requests[0].Request.RequestUri!.AbsolutePath,
            StringComparison.Ordinal);
        Assert.Equal([new(41771983423143936)], member.RoleIds);
        Assert.Equal(new DateTime(2026, 3, 1, 13, 0, 0, 500, DateTimeKind.Utc), member.TimedOutUntil);
    }

    [Fact]
    public async Task Channel_by_id_is_a_channel_or_a_thread_as_its_type_says()
    {
        _discord
            .Then(200, """{"id":"381870553235193857","guild_id":"81384788765712384","type":0,"name":"general"}""")
            .Then(200, """
                {"id":"381870553235193858","guild_id":"81384788765712384","parent_id":"381870553235193857","type":11,"name":"help",
                "thread_metadata":{"archived":true,"auto_archive_duration":60,"locked":false,
                "archive_timestamp":"2026-03-01T12:00:00+00:00"}}
                """);
        var client = _discord.Client();

        var channel = await client.GetChannelAsync(ScriptedDiscord.Channel, None);
        var thread = await client.GetChannelAsync(ScriptedDiscord.OtherChannel, None);

        Assert.Equal(("general", null, ScriptedDiscord.Guild), (channel.Channel?.Name, channel.Thread, channel.GuildId!.Value));
        Assert.Equal((null, ScriptedDiscord.Channel, true), (thread.Channel, thread.Thread!.ParentId, thread.Thread.IsArchived));
    }

    [Fact]
    public async Task Messages_are_asked_for_on_one_side_of_an_id()
    {
        _discord.Then(200, """
            [{"id":"2","channel_id":"381870553235193857","type":0,"author":{"id":"3","username":"nelly"},"content":"never kept",
            "timestamp":"2026-03-01T12:00:00+00:00","edited_timestamp":null}]
            """);
        var client = _discord.Client();

        await client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, before: null, 100, None);
        await client.GetMessagesBeforeAsync(ScriptedDiscord.Channel, new(9), 50, None);
        var page = await client.GetMessagesAfterAsync(ScriptedDiscord.Channel, default, 1, None);

        Assert.Equal(["?limit=100", "?limit=50&before=9", "?limit=1&after=0"], _discord.Requests.Select(r => r.Request.RequestUri!.Query));
        var message = Assert.Single(page.Items);
        Assert.Equal((new Snowflake(2), ScriptedDiscord.Channel, new Snowflake(3)), (message.Id, message.ChannelId, message.Author.Id));
    }

    [Fact]
    public async Task Archived_threads_are_paged_by_time_with_its_plus_sign_escaped()
    {
        _discord.Then(200, """{"threads":[],"members":[],"has_more":true}""");
        var client = _discord.Client();
        var before = new DateTime(2021, 4, 12, 23, 40, 39, DateTimeKind.Utc).AddMicroseconds(855793);

        var page = await client.GetPublicArchivedThreadsAsync(ScriptedDiscord.Channel, before, 100, None);
        await client.GetPrivateArchivedThreadsAsync(ScriptedDiscord.Channel, before: null, 2, None);
        await client.GetJoinedArchivedThreadsAsync(ScriptedDiscord.Channel, new Snowflake(5), 100, None);

        Assert.True(page.HasMore);
        Assert.Equal(
            [
                "/api/v10/channels/381870553235193857/threads/archived/public?limit=100&before=2021-04-12T23%3A40%3A39.855793%2B00%3A00",
                "/api/v10/channels/381870553235193857/threads/archived/private?limit=2",
                "/api/v10/channels/381870553235193857/users/@me/threads/archived/private?limit=100&before=5",
            ],
            _discord.Requests.Select(r => r.Request.RequestUri!.PathAndQuery));
    }

    [Fact]
    public async Task Limits_that_Discord_would_refuse_are_not_sent()
    {
        var client = _discord.Client();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.GetMembersAsync(ScriptedDiscord.Guild, default, 1001, None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => client.GetMessagesAfterAsync(ScriptedDiscord.Channel, default, 0, None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => client.GetPublicArchivedThreadsAsync(ScriptedDiscord.Channel, null, 1, None));
        Assert.Empty(_discord.Requests);
    }
}
