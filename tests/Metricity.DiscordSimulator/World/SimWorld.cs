using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>
/// The truth: guilds, users, and the one lock under which everything changes. Every mutator changes the truth and
/// emits, in order, the gateway events that Discord would send. Thread safe.
/// </summary>
public sealed class SimWorld
{
    private readonly List<SimGuild> _guilds = [];
    private readonly Dictionary<ulong, SimUser> _users = [];
    private readonly Queue<ulong> _givenIds = new();
    private ulong _lastId;
    private ulong _pastIds;

    internal SimWorld(SimulatorOptions options)
    {
        Options = options;
        Wire = new Wire(this);
        ApplicationId = NextId();
        Bot = new SimUser(NextId(), "collector", bot: true);
        _users.Add(Bot.Id, Bot);
    }

    public SimUser Bot { get; }

    public ulong ApplicationId { get; }

    public IReadOnlyList<SimGuild> Guilds
    {
        get
        {
            lock (Gate)
            {
                return _guilds.ToArray();
            }
        }
    }

    internal Lock Gate { get; } = new();

    internal SimulatorOptions Options { get; }

    internal Wire Wire { get; }

    internal SimGateway? Gateway { get; set; }

    internal DateTimeOffset Now => Options.TimeProvider.GetUtcNow();

    internal List<SimGuild> GuildList => _guilds;

    internal List<SimInteraction> InteractionList { get; } = [];

    /// <summary>The next id of the present moment; always greater than every one before.</summary>
    public ulong NextId()
    {
        lock (Gate)
        {
            if (_givenIds.TryDequeue(out var given))
            {
                return given;
            }

            _lastId = Math.Max(_lastId + 1, SimSnowflake.FirstAt(Now));
            return _lastId;
        }
    }

    /// <summary>The next thing that is made gets this id: for a guild whose ids are stored already.</summary>
    public void GiveNextId(ulong id)
    {
        lock (Gate)
        {
            _givenIds.Enqueue(id);
        }
    }

    /// <summary>A fresh id of a past moment. Those asked for later within one millisecond are greater.</summary>
    public ulong NextId(DateTimeOffset at)
    {
        lock (Gate)
        {
            // Worker ids of 16 and above, which NextId() never reaches: no id is given twice.
            return SimSnowflake.FirstAt(at) | (1UL << 21) | (_pastIds++ & 0x1FFFFF);
        }
    }

    /// <summary>
    /// A guild with an owner, the bot and its role. With a session connected the bot has just joined it: GUILD_CREATE
    /// without <c>unavailable</c>.
    /// </summary>
    public SimGuild AddGuild(string name = "Sim", ulong? id = null)
    {
        lock (Gate)
        {
            var guild = new SimGuild(this, id ?? NextId(), name);
            _guilds.Add(guild);
            Gateway?.PublishGuildCreate(guild, unavailable: null);
            return guild;
        }
    }

    /// <summary>An account that is in no guild yet. A given moment makes it that old.</summary>
    public SimUser AddUser(
        string? username = null,
        bool bot = false,
        long publicFlags = 0,
        string? avatar = null,
        DateTimeOffset? createdAt = null)
    {
        lock (Gate)
        {
            var id = createdAt is { } at ? NextId(at) : NextId();
            var user = new SimUser(id, username ?? SimNames.User(_users.Count), bot)
            {
                PublicFlags = publicFlags,
                Avatar = avatar,
            };
            _users.Add(id, user);
            return user;
        }
    }

    public SimGuild? FindGuild(ulong id)
    {
        lock (Gate)
        {
            return _guilds.Find(guild => guild.Id == id);
        }
    }

    /// <summary>
    /// Changes an account: GUILD_MEMBER_UPDATE in each shared guild, USER_UPDATE too when it is the bot.
    /// A null argument leaves the value, an empty string clears it.
    /// </summary>
    public void UpdateUser(
        SimUser user,
        string? username = null,
        string? avatar = null,
        string? globalName = null,
        long? publicFlags = null)
    {
        lock (Gate)
        {
            user.Username = username ?? user.Username;
            user.Avatar = Changed(user.Avatar, avatar);
            user.GlobalName = Changed(user.GlobalName, globalName);
            user.PublicFlags = publicFlags ?? user.PublicFlags;
            if (user == Bot)
            {
                Emit(null, "USER_UPDATE", SimIntents.Always, w => Wire.User(w, user));
            }

            foreach (var guild in _guilds)
            {
                if (guild.FindMember(user.Id) is { InGuild: true } member)
                {
                    guild.EmitMemberUpdate(member);
                }
            }
        }
    }

    /// <summary>What a perfect collector of metadata must hold for the guild now.</summary>
    public SimLedger Truth(SimGuild guild)
    {
        lock (Gate)
        {
            return SimLedger.Of(guild);
        }
    }

    internal static string? Changed(string? old, string? argument)
    {
        return argument switch
        {
            null => old,
            "" => null,
            _ => argument,
        };
    }

    /// <summary>Serialises the event once and gives it to every session that may have it. Only under the lock.</summary>
    internal void Emit(SimGuild? guild, string type, int intents, Action<Utf8JsonWriter> write)
    {
        if (Gateway is not { HasSessions: true } gateway || guild is { Live: false })
        {
            return;
        }

        gateway.Publish(new SimEvent(type, intents, guild?.Id ?? 0, Wire.Build(write), null));
    }
}
