namespace Metricity.DiscordSimulator;

/// <summary>A Discord account. Setting a property is silent; <see cref="SimWorld.UpdateUser"/> also tells the sessions.</summary>
public sealed class SimUser
{
    internal SimUser(ulong id, string username, bool bot)
    {
        Id = id;
        Username = username;
        Bot = bot;
    }

    public ulong Id { get; }

    public string Username { get; set; }

    public string? GlobalName { get; set; }

    public string? Avatar { get; set; }

    public bool Bot { get; }

    public long PublicFlags { get; set; }

    public DateTimeOffset CreatedAt => SimSnowflake.TimeOf(Id);
}
