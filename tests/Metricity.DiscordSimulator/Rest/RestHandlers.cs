using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>The answers of the routes that have no paging. Under the world's lock.</summary>
internal sealed partial class RestHandlers
{
    private readonly SimWorld _world;
    private readonly SimGateway _gateway;
    private readonly SimulatorOptions _options;
    private readonly SimRest _rest;
    private readonly Dictionary<string, Func<RestCall, RestAnswer>> _routes;
    private readonly Dictionary<string, Func<RestCall, RestAnswer>> _posts;

    public RestHandlers(SimWorld world, SimGateway gateway, SimulatorOptions options, SimRest rest)
    {
        _world = world;
        _gateway = gateway;
        _options = options;
        _rest = rest;
        _routes = new(StringComparer.Ordinal)
        {
            ["gateway"] = _ => Gateway(withLimits: false),
            ["gateway/bot"] = _ => Gateway(withLimits: true),
            ["users/@me"] = _ => Ok(_world.Wire.Self),
            ["users/@me/guilds"] = _ => OwnGuilds(),
            ["applications/@me"] = _ => Ok(w => _world.Wire.Application(w, partial: false)),
            ["applications/{id}/guilds/{id}/commands"] = call => InCommands(call, Commands),
            ["guilds/{id}"] = call => InGuild(call, guild => Guild(call, guild)),
            ["guilds/{id}/roles"] = call => InGuild(call, Roles),
            ["guilds/{id}/channels"] = call => InGuild(call, Channels),
            ["guilds/{id}/threads/active"] = call => InGuild(call, ActiveThreads),
            ["guilds/{id}/members"] = call => InGuild(call, guild => Members(call, guild)),
            ["guilds/{id}/members/{id}"] = call => InGuild(call, guild => Member(call, guild)),
            ["channels/{id}"] = call => InChannel(call, Channel),
            ["channels/{id}/messages"] = call => InChannel(call, channel => Messages(call, channel)),
            ["channels/{id}/messages/{id}"] = call => InChannel(call, channel => Message(call, channel)),
            ["channels/{id}/threads/archived/public"] = call => InChannel(call, channel => ArchivedPublic(call, channel)),
            ["channels/{id}/threads/archived/private"] = call => InChannel(call, channel => ArchivedPrivate(call, channel)),
            ["channels/{id}/users/@me/threads/archived/private"] = call => InChannel(call, channel => ArchivedJoined(call, channel)),
        };
        _posts = new(StringComparer.Ordinal)
        {
            ["applications/{id}/guilds/{id}/commands"] = call => InCommands(call, guild => SetCommand(call, guild)),
            ["interactions/{id}/{id}/callback"] = Callback,
        };
    }

    public bool Knows(string template)
    {
        return _routes.ContainsKey(template) || _posts.ContainsKey(template);
    }

    public bool Allows(RestCall call)
    {
        return Of(call.Method)?.ContainsKey(call.Template) == true;
    }

    public RestAnswer Handle(RestCall call)
    {
        return Of(call.Method)![call.Template](call);
    }

    private Dictionary<string, Func<RestCall, RestAnswer>>? Of(string method)
    {
        return method switch
        {
            "GET" => _routes,
            "POST" => _posts,
            _ => null,
        };
    }

    private RestAnswer Ok(Action<Utf8JsonWriter> write)
    {
        return new RestAnswer(200, _world.Wire.Build(write));
    }

    private RestAnswer List<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        return Ok(w =>
        {
            w.WriteStartArray();
            foreach (var item in items)
            {
                write(w, item);
            }

            w.WriteEndArray();
        });
    }

    private RestAnswer InGuild(RestCall call, Func<SimGuild, RestAnswer> answer)
    {
        var guild = _world.GuildList.Find(candidate => candidate.Id == call.Ids[0]);
        return guild is null ? RestAnswer.UnknownGuild
            : !guild.BotPresent ? RestAnswer.MissingAccess
            : answer(guild);
    }

    /// <summary>Deleted: 404/10003, also a thread of a deleted channel. Hidden: 403/50001.</summary>
    private RestAnswer InChannel(RestCall call, Func<SimChannel, RestAnswer> answer)
    {
        var channel = _world.GuildList.Select(guild => guild.FindChannel(call.Ids[0])).FirstOrDefault(found => found is not null);
        return channel is null || channel.Deleted || channel is SimThread { Parent.Deleted: true } ? RestAnswer.UnknownChannel
            : !channel.Guild.BotPresent || !channel.Guild.IsVisible(channel) ? RestAnswer.MissingAccess
            : answer(channel);
    }

    private RestAnswer Gateway(bool withLimits)
    {
        return Ok(w =>
        {
            w.WriteStartObject();
            w.WriteString("url"u8, _gateway.Url);
            if (withLimits)
            {
                w.WriteNumber("shards"u8, 1);
                w.WriteStartObject("session_start_limit"u8);
                w.WriteNumber("total"u8, 1000);
                w.WriteNumber("remaining"u8, Math.Max(0, _gateway.IdentifyRemaining));
                w.WriteNumber("reset_after"u8, (long)_gateway.IdentifyResetAfter.TotalMilliseconds);
                w.WriteNumber("max_concurrency"u8, _options.MaxConcurrency);
                w.WriteEndObject();
            }

            w.WriteEndObject();
        });
    }

    private RestAnswer OwnGuilds()
    {
        return List(_world.GuildList.Where(guild => guild.BotPresent), (w, guild) =>
        {
            w.WriteStartObject();
            Wire.Id(w, "id"u8, guild.Id);
            w.WriteString("name"u8, guild.Name);
            w.WriteBoolean("owner"u8, false);
            Wire.Id(w, "permissions"u8, SimPermissions.Compute(guild.BotMember, null));
            w.WriteEndObject();
        });
    }

    private RestAnswer Guild(RestCall call, SimGuild guild)
    {
        var withCounts = call.Query["with_counts"] is ["true" or "True" or "1"];
        return Ok(w => _world.Wire.Guild(w, guild, withCounts));
    }

    private RestAnswer Roles(SimGuild guild)
    {
        return List(guild.RoleList, Wire.Role);
    }

    private RestAnswer Channels(SimGuild guild)
    {
        var channels = guild.ChannelList.Where(channel => !channel.Deleted && !guild.Obfuscated(channel));
        return List(channels, (w, channel) => _world.Wire.Channel(w, channel, nested: false));
    }

    private RestAnswer ActiveThreads(SimGuild guild)
    {
        var threads = guild.ThreadList.Where(thread => thread.IsActive && guild.IsVisible(thread)).OrderByDescending(thread => thread.Id).ToList();
        return Ok(w =>
        {
            w.WriteStartObject();
            _world.Wire.ThreadList(w, threads);
            w.WriteEndObject();
        });
    }

    private RestAnswer Member(RestCall call, SimGuild guild)
    {
        return guild.FindMember(call.Ids[1]) is { InGuild: true } member
            ? Ok(w => _world.Wire.Member(w, member))
            : RestAnswer.UnknownMember;
    }

    private RestAnswer Channel(SimChannel channel)
    {
        return Ok(w =>
        {
            if (channel is SimThread thread)
            {
                _world.Wire.Thread(w, thread, nested: false, newlyCreated: false);
            }
            else
            {
                _world.Wire.Channel(w, channel, nested: false);
            }
        });
    }
}
