using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>A use of a slash command, and its answer once there is one.</summary>
public sealed class SimInteraction
{
    /// <summary>How long Discord waits for the first answer (docs, "Receiving and Responding").</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    internal SimInteraction(ulong id, string token, DateTimeOffset at)
    {
        Id = id;
        Token = token;
        At = at;
    }

    public ulong Id { get; }

    /// <summary>Lets its holder answer.</summary>
    public string Token { get; }

    public DateTimeOffset At { get; }

    /// <summary>Body of the callback that was accepted; null before it.</summary>
    public JsonElement? Answer => AnswerText is { } text ? JsonElement.Parse(text) : null;

    internal string? AnswerText { get; set; }
}

/// <summary>A guild command as it was registered.</summary>
public sealed record SimCommand(ulong Id, string Name, string Description, string? DefaultMemberPermissions, IReadOnlyList<string> Subcommands);
