namespace Metricity.DiscordSimulator;

/// <summary>
/// A user in a guild; it stays as a row of the truth after the user left. Setting a property is silent
/// (a change that no event told of); <see cref="SimGuild.UpdateMember"/> also tells the sessions.
/// </summary>
public sealed class SimMember
{
    internal SimMember(SimGuild guild, SimUser user)
    {
        Guild = guild;
        User = user;
    }

    public SimGuild Guild { get; }

    public SimUser User { get; }

    public ulong Id => User.Id;

    public string? Nick { get; set; }

    /// <summary>Avatar hash for this guild only.</summary>
    public string? Avatar { get; set; }

    /// <summary>Null for guests.</summary>
    public DateTimeOffset? JoinedAt { get; set; }

    public IReadOnlyList<ulong> Roles { get; set; } = [];

    public bool Pending { get; set; }

    public int Flags { get; set; }

    /// <summary>False when the user has left, or (a stranger) was never a member.</summary>
    public bool InGuild { get; internal set; }

    /// <summary>False for strangers: authors who were never members.</summary>
    public bool EverInGuild { get; internal set; }

    public DateTimeOffset? LeftAt { get; internal set; }
}
