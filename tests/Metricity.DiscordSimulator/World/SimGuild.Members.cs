using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Members.</summary>
public sealed partial class SimGuild
{
    private SimMember[]? _sortedMembers;

    /// <summary>GUILD_MEMBER_ADD of a new account, or of an existing one.</summary>
    public SimMember AddMember(
        string? username = null,
        bool bot = false,
        IReadOnlyList<SimRole>? roles = null,
        bool pending = false,
        long publicFlags = 0,
        string? avatar = null,
        SimUser? user = null)
    {
        return AddMember(World.Now, username, bot, roles, pending, publicFlags, avatar, user);
    }

    /// <summary>GUILD_MEMBER_ADD with a given joined_at; null for a guest.</summary>
    public SimMember AddMember(
        DateTimeOffset? joinedAt,
        string? username = null,
        bool bot = false,
        IReadOnlyList<SimRole>? roles = null,
        bool pending = false,
        long publicFlags = 0,
        string? avatar = null,
        SimUser? user = null)
    {
        lock (World.Gate)
        {
            user ??= World.AddUser(username, bot, publicFlags, avatar);
            var member = Join(user, joinedAt, pending);
            member.Roles = roles is null ? [] : [.. roles.Select(role => role.Id)];
            member.Flags = joinedAt is null ? 16 : 0;
            EmitMember("GUILD_MEMBER_ADD", member, SimIntents.Members);
            return member;
        }
    }

    /// <summary>Someone who can write messages and was never a member: the author whom no event announced.</summary>
    public SimMember AddStranger(string? username = null)
    {
        lock (World.Gate)
        {
            var member = new SimMember(this, World.AddUser(username));
            _members.Add(member.Id, member);
            _memberList.Add(member);
            return member;
        }
    }

    /// <summary>GUILD_MEMBER_ADD for one who is a member already, as Discord may send it.</summary>
    public void RepeatMemberAdd(SimMember member)
    {
        lock (World.Gate)
        {
            EmitMember("GUILD_MEMBER_ADD", member, SimIntents.Members);
        }
    }

    /// <summary>GUILD_MEMBER_REMOVE: leave, kick and ban look alike.</summary>
    public void RemoveMember(SimMember member)
    {
        lock (World.Gate)
        {
            Leave(member);
            Emit("GUILD_MEMBER_REMOVE", SimIntents.Members, w =>
            {
                w.WriteStartObject();
                Wire.Id(w, "guild_id"u8, Id);
                w.WritePropertyName("user"u8);
                World.Wire.User(w, member.User);
                w.WriteEndObject();
            });
        }
    }

    /// <summary>Gone without an event (left while nobody was connected).</summary>
    public void RemoveMemberSilently(SimMember member)
    {
        lock (World.Gate)
        {
            Leave(member);
        }
    }

    /// <summary>GUILD_MEMBER_ADD with a new joined_at, without the old roles and nick, with the flag DID_REJOIN.</summary>
    public void RejoinMember(SimMember member)
    {
        lock (World.Gate)
        {
            if (member.InGuild)
            {
                return;
            }

            member.Roles = [];
            member.Nick = null;
            member.Flags |= 1;
            Join(member.User, World.Now, pending: false);
            EmitMember("GUILD_MEMBER_ADD", member, SimIntents.Members);
        }
    }

    /// <summary>GUILD_MEMBER_UPDATE. A null argument leaves the value, an empty string clears it.</summary>
    public void UpdateMember(
        SimMember member,
        string? nick = null,
        string? avatar = null,
        IReadOnlyList<SimRole>? roles = null,
        bool? pending = null)
    {
        lock (World.Gate)
        {
            void Change()
            {
                member.Nick = SimWorld.Changed(member.Nick, nick);
                member.Avatar = SimWorld.Changed(member.Avatar, avatar);
                member.Roles = roles is null ? member.Roles : [.. roles.Select(role => role.Id)];
                member.Pending = pending ?? member.Pending;
                EmitMemberUpdate(member);
            }

            if (member == BotMember && roles is not null)
            {
                ChangeVisibility(null, Change);
            }
            else
            {
                Change();
            }
        }
    }

    /// <summary>As <see cref="SimWorld.UpdateUser"/>.</summary>
    public void UpdateUser(
        SimMember member,
        string? username = null,
        string? avatar = null,
        string? globalName = null,
        long? publicFlags = null)
    {
        World.UpdateUser(member.User, username, avatar, globalName, publicFlags);
    }

    /// <summary>Present members by ascending id. Only under the lock; the array is not changed later.</summary>
    internal SimMember[] MembersById()
    {
        return _sortedMembers ??= [.. _memberList.Where(member => member.InGuild).OrderBy(member => member.Id)];
    }

    internal void EmitMemberUpdate(SimMember member)
    {
        EmitMember("GUILD_MEMBER_UPDATE", member, member == BotMember ? SimIntents.Always : SimIntents.Members);
    }

    private void EmitMember(string type, SimMember member, int intents)
    {
        Emit(type, intents, (Utf8JsonWriter w) =>
        {
            w.WriteStartObject();
            Wire.Id(w, "guild_id"u8, Id);
            World.Wire.MemberFields(w, member, withUser: true);
            w.WriteEndObject();
        });
    }

    private SimMember Join(SimUser user, DateTimeOffset? joinedAt, bool pending)
    {
        if (!_members.TryGetValue(user.Id, out var member))
        {
            member = new SimMember(this, user);
            _members.Add(user.Id, member);
            _memberList.Add(member);
        }

        MemberCount += member.InGuild ? 0 : 1;
        member.InGuild = true;
        member.EverInGuild = true;
        member.LeftAt = null;
        member.JoinedAt = joinedAt;
        member.Pending = pending;
        _sortedMembers = null;
        Counters.Joins++;
        return member;
    }

    private void Leave(SimMember member)
    {
        if (!member.InGuild)
        {
            return;
        }

        MemberCount--;
        member.InGuild = false;
        member.LeftAt = World.Now;
        _sortedMembers = null;
        Counters.Leaves++;
    }
}
