namespace Metricity.DiscordSimulator;

/// <summary>A role of a guild; the one whose id is the guild's is @everyone.</summary>
public sealed class SimRole
{
    internal SimRole(ulong id, string name, ulong permissions, int position)
    {
        Id = id;
        Name = name;
        Permissions = permissions;
        Position = position;
    }

    public ulong Id { get; }

    public string Name { get; internal set; }

    public ulong Permissions { get; internal set; }

    public int Position { get; internal set; }
}

/// <summary>A permission overwrite of a channel, for a role or a member.</summary>
public sealed record SimOverwrite(ulong Id, bool IsMember, ulong Allow, ulong Deny)
{
    /// <summary>Denies to @everyone.</summary>
    public static SimOverwrite DenyEveryone(SimGuild guild, ulong permissions)
    {
        return new SimOverwrite(guild.Id, false, 0, permissions);
    }

    /// <summary>Denies to the bot alone, whatever its roles say.</summary>
    public static SimOverwrite DenyBot(SimGuild guild, ulong permissions)
    {
        return new SimOverwrite(guild.BotMember.Id, true, 0, permissions);
    }
}
