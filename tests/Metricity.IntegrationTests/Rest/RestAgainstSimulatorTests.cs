using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Rest;

/// <summary>The REST client over real HTTP, against the simulator's limits, pages and faults.</summary>
public sealed class RestAgainstSimulatorTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FakeLogCollector _log = new();
    private readonly HttpClient _http = RestHttp.CreateClient();
    private Simulator _simulator = null!;
    private SimGuild _guild = null!;
    private DiscordRest _rest = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await Simulator.StartAsync();
        _guild = _simulator.World.AddGuild();
        _guild.Populate(categories: 2, channels: 6, threads: 4, members: 250);
        _rest = Client(_simulator.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Guild_channels_threads_and_members_are_read_whole()
    {
        var guild = await _rest.GetGuildAsync(Id(_guild.Id), None);
        var channels = await _rest.GetChannelsAsync(Id(_guild.Id), None);
        var threads = await _rest.GetActiveThreadsAsync(Id(_guild.Id), None);
        var members = new HashSet<Snowflake>();
        var page = await _rest.GetMembersAsync(Id(_guild.Id), default, 100, None);
        members.UnionWith(page.Items.Select(member => member.Id));

        while (page.Received == 100)
        {
            page = await _rest.GetMembersAsync(Id(_guild.Id), members.Max(), 100, None);
            members.UnionWith(page.Items.Select(member => member.Id));
        }

        Assert.Equal(Id(_guild.OwnerId), guild.OwnerId);
        Assert.Equal(_guild.Roles.Count, guild.Roles.Count);
        Assert.Equal(
            _guild.Channels.Concat(_guild.Categories).Select(channel => channel.Id).Order(),
            channels.Select(channel => channel.Facts.Id.Value).Order());
        Assert.Equal(_guild.Threads.Count(thread => !thread.Archived), threads.Count);
        Assert.Equal(_guild.Members.Select(member => member.User.Id).Order(), members.Select(member => member.Value).Order());
        Assert.Equal(0, _rest.Status.SkippedElements);
    }

    [Fact]
    public async Task Session_budget_and_intents_are_read()
    {
        var gateway = await _rest.GetGatewayBotAsync(None);
        var application = await _rest.GetCurrentApplicationAsync(None);
        var bot = await _rest.GetCurrentUserAsync(None);

        Assert.Equal((_simulator.GatewayUrl, 1000), (gateway.Url, gateway.SessionStarts.Remaining));
        Assert.True(application.HasMembersIntent);
        Assert.False(application.HasMessageContentIntent);
        Assert.Equal(_simulator.World.Bot.Id, bot.Id.Value);
    }

    [Fact]
    public async Task Computed_permissions_are_those_by_which_Discord_answers()
    {
        var (open, silent) = (_guild.AddChannel("open"), _guild.AddChannel("silent"));
        _guild.PostMessage(open);
        _guild.PostMessage(silent);
        _guild.HideHistory(silent);
        var guild = await _rest.GetGuildAsync(Id(_guild.Id), None);
        var bot = await _rest.GetMemberAsync(Id(_guild.Id), Id(_simulator.World.Bot.Id), None);
        var channels = (await _rest.GetChannelsAsync(Id(_guild.Id), None)).ToDictionary(channel => channel.Facts.Id.Value);

        foreach (var (channel, canRead) in new[] { (open, true), (silent, false) })
        {
            var permissions = ChannelPermissions.Compute(guild, bot, channels[channel.Id].Overwrites, DateTime.UnixEpoch);
            var page = await _rest.GetMessagesBeforeAsync(Id(channel.Id), null, 100, None);

            Assert.True(ChannelPermissions.CanView(permissions));
            Assert.Equal(canRead, ChannelPermissions.CanReadHistory(permissions, channels[channel.Id].Facts.Type));
            Assert.Equal(canRead ? 1 : 0, page.Received);
        }
    }

    [Fact]
    public async Task Many_requests_at_once_stay_within_the_limits_that_the_headers_tell()
    {
        var channels = Enumerable.Range(0, 4).Select(_ => _guild.AddChannel()).ToArray();

        // The first of each channel tells the limits, 5 a second.
        await Task.WhenAll(channels.SelectMany(channel => Enumerable.Range(0, 8)
            .Select(_ => _rest.GetMessagesBeforeAsync(Id(channel.Id), null, 100, None))));

        Assert.Equal(0, _simulator.Rest.RateLimitedCount);
        Assert.Equal(32, _simulator.Rest.CountOf("channels/{id}/messages"));
    }

    [Fact]
    public async Task Faults_on_the_wire_are_outlived()
    {
        _simulator.Rest.Fail(null, 502);
        _simulator.Rest.ResetConnection();
        _simulator.Rest.TruncateJson();
        _simulator.Rest.RateLimitNext("user", TimeSpan.FromMilliseconds(200));
        _simulator.Rest.RateLimitNext("global", TimeSpan.FromMilliseconds(200));

        var channels = await _rest.GetChannelsAsync(Id(_guild.Id), None);

        Assert.Equal(_guild.Channels.Count + _guild.Categories.Count, channels.Count);
        Assert.True(_rest.Status.Retries >= 3);
        Assert.Equal((1, 1), (_rest.Status.RateLimits["user"], _rest.Status.RateLimits["global"]));
    }

    [Fact]
    public async Task Connection_that_breaks_in_mid_body_is_retried()
    {
        _simulator.Rest.ResetConnection(midBody: true);

        var guild = await _rest.GetGuildAsync(Id(_guild.Id), None);

        Assert.Equal(Id(_guild.Id), guild.Id);
        Assert.Equal(1, _rest.Status.Retries);
    }

    [Fact]
    public async Task Wrong_token_is_refused_once_and_asked_no_more()
    {
        var rest = Client("wrong-token");

        await Assert.ThrowsAsync<DiscordRefusedException>(() => rest.GetGatewayBotAsync(None));
        await Assert.ThrowsAsync<DiscordRefusedException>(() => rest.GetCurrentUserAsync(None));

        Assert.Equal(1, _simulator.Rest.InvalidRequestCount);
    }

    [Fact]
    public async Task Deleted_channel_is_unknown_and_hidden_channel_is_no_access()
    {
        var (deleted, hidden) = (_guild.AddChannel(), _guild.AddChannel());
        _guild.DeleteChannel(deleted);
        _guild.Hide(hidden);

        var unknown = await Assert.ThrowsAsync<DiscordRestException>(() => _rest.GetChannelAsync(Id(deleted.Id), None));
        var noAccess = await Assert.ThrowsAsync<DiscordRestException>(() => _rest.GetChannelAsync(Id(hidden.Id), None));

        Assert.True(unknown is { IsUnknown: true, IsMissingAccess: false });
        Assert.True(noAccess is { IsUnknown: false, IsMissingAccess: true });
    }

    [Fact]
    public async Task Archived_threads_and_messages_are_paged_to_the_end()
    {
        _simulator.Rest.RateLimits = false;
        var channel = _guild.AddChannel();

        for (var i = 0; i < 23; i++)
        {
            _guild.ArchiveThread(_guild.AddThread(channel));
            _guild.PostMessage(channel);
        }

        var threads = new HashSet<Snowflake>();
        ThreadPage threadPage;
        DateTime? before = null;

        do
        {
            threadPage = await _rest.GetPublicArchivedThreadsAsync(Id(channel.Id), before, 10, None);
            threads.UnionWith(threadPage.Threads.Select(thread => thread.Id));
            before = threadPage.Threads.Count > 0 ? threadPage.Threads[^1].ArchivedAt!.Value.AddMicroseconds(1) : before;
        }
        while (threadPage.HasMore && threadPage.Threads.Count > 1);

        var messages = new HashSet<Snowflake>();
        RestPage<MessageFacts> page;

        do
        {
            page = await _rest.GetMessagesAfterAsync(Id(channel.Id), messages.DefaultIfEmpty().Max(), 10, None);
            messages.UnionWith(page.Items.Select(message => message.Id));
        }
        while (page.Received > 0);

        Assert.Equal(_guild.Threads.Where(t => t.Parent == channel).Select(t => t.Id).Order(), threads.Select(t => t.Value).Order());
        Assert.True(messages.Count >= 23);
    }

    private static Snowflake Id(ulong id) => new(id);

    private DiscordRest Client(string token) =>
        new(_http, new() { Token = new Secret(token), BaseUrl = _simulator.ApiBaseUrl }, TimeProvider.System, new FakeLogger<DiscordRest>(_log));
}
