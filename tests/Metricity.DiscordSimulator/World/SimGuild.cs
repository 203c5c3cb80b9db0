using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>
/// A guild. All methods are thread safe; each changes the truth and emits the events Discord would.
/// The parts: roles and visibility, channels, threads, members, messages, bulk filling.
/// </summary>
public sealed partial class SimGuild
{
    private readonly List<SimRole> _roles = [];
    private readonly Dictionary<ulong, SimMember> _members = [];
    private readonly List<SimMember> _memberList = [];
    private readonly Dictionary<ulong, SimChannel> _channels = [];
    private readonly List<SimChannel> _channelList = [];
    private readonly List<SimThread> _threadList = [];

    internal SimGuild(SimWorld world, ulong id, string name)
    {
        World = world;
        Id = id;
        Name = name;
        const ulong everyone = SimPermissions.View | SimPermissions.History | SimPermissions.Connect | SimPermissions.Send;
        _roles.Add(new SimRole(id, "@everyone", everyone, 0));
        BotRole = new SimRole(world.NextId(), world.Bot.Username, world.Options.BotPermissions, 1);
        _roles.Add(BotRole);
        CreatedAt = world.Now;
        Owner = Join(world.AddUser("owner"), world.Now, pending: false);
        OwnerId = Owner.Id;
        BotMember = Join(world.Bot, world.Now, pending: false);
        BotMember.Roles = [BotRole.Id];
    }

    public SimWorld World { get; }

    public ulong Id { get; }

    public string Name { get; private set; }

    public ulong OwnerId { get; }

    public SimMember Owner { get; }

    public SimMember BotMember { get; }

    public SimRole BotRole { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>In outage: nothing is delivered, REST goes on.</summary>
    public bool Unavailable { get; private set; }

    /// <summary>False after <see cref="KickBot"/>.</summary>
    public bool BotPresent { get; private set; } = true;

    public SimCounters Counters { get; } = new();

    /// <summary>Those that are not deleted; categories are not among them.</summary>
    public IReadOnlyList<SimChannel> Channels => Snapshot(_channelList, c => !c.Deleted && c.Type != SimChannelType.Category);

    public IReadOnlyList<SimChannel> Categories => Snapshot(_channelList, c => !c.Deleted && c.Type == SimChannelType.Category);

    /// <summary>Active and archived, without the deleted ones.</summary>
    public IReadOnlyList<SimThread> Threads => Snapshot(_threadList, thread => !thread.Deleted && !thread.Parent!.Deleted);

    /// <summary>Present members, the bot included, in order of joining.</summary>
    public IReadOnlyList<SimMember> Members => Snapshot(_memberList, member => member.InGuild);

    public IReadOnlyList<SimRole> Roles => Snapshot(_roles, _ => true);

    internal bool Live => BotPresent && !Unavailable;

    internal int MemberCount { get; private set; }

    internal List<SimMember> MemberList => _memberList;

    internal List<SimChannel> ChannelList => _channelList;

    internal List<SimThread> ThreadList => _threadList;

    internal List<SimRole> RoleList => _roles;

    internal DateTimeOffset? LastFullMemberRequest { get; set; }

    /// <summary>GUILD_UPDATE.</summary>
    public void Rename(string name)
    {
        lock (World.Gate)
        {
            Name = name;
            Emit("GUILD_UPDATE", SimIntents.Guilds, w => World.Wire.Guild(w, this));
        }
    }

    /// <summary>
    /// Outage: GUILD_DELETE with unavailable. Its end: GUILD_CREATE with <c>unavailable: false</c>. What happens in between
    /// is never told.
    /// </summary>
    public void SetUnavailable(bool unavailable)
    {
        lock (World.Gate)
        {
            if (Unavailable == unavailable || !BotPresent)
            {
                return;
            }

            if (unavailable)
            {
                EmitGuildDelete(outage: true);
            }

            Unavailable = unavailable;
            if (!unavailable)
            {
                World.Gateway?.PublishGuildCreate(this, unavailable: false);
            }
        }
    }

    /// <summary>The bot is removed: GUILD_DELETE without <c>unavailable</c>; REST answers 403/50001 from now on.</summary>
    public void KickBot()
    {
        lock (World.Gate)
        {
            EmitGuildDelete(outage: false);
            BotPresent = false;
        }
    }

    /// <summary>The bot is back after <see cref="KickBot"/>: GUILD_CREATE without <c>unavailable</c>.</summary>
    public void InviteBot()
    {
        lock (World.Gate)
        {
            BotPresent = true;
            BotMember.JoinedAt = World.Now;
            World.Gateway?.PublishGuildCreate(this, unavailable: null);
        }
    }

    internal SimMember? FindMember(ulong id)
    {
        return _members.GetValueOrDefault(id);
    }

    internal SimRole? FindRole(ulong id)
    {
        return _roles.Find(role => role.Id == id);
    }

    /// <summary>A channel, category or thread, deleted or not.</summary>
    internal SimChannel? FindChannel(ulong id)
    {
        return _channels.GetValueOrDefault(id);
    }

    private void EmitGuildDelete(bool outage)
    {
        Emit("GUILD_DELETE", SimIntents.Guilds, w =>
        {
            w.WriteStartObject();
            Wire.Id(w, "id"u8, Id);
            if (outage)
            {
                w.WriteBoolean("unavailable"u8, true);
            }

            w.WriteEndObject();
        });
    }

    private void Emit(string type, int intents, Action<Utf8JsonWriter> write)
    {
        World.Emit(this, type, intents, write);
    }

    private T[] Snapshot<T>(List<T> list, Func<T, bool> filter)
    {
        lock (World.Gate)
        {
            return [.. list.Where(filter)];
        }
    }
}
