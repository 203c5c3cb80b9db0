namespace Metricity.Rest;

/// <summary>What one person is shown who used a command: an embed that Discord shows to nobody else.</summary>
/// <param name="Description">Null = none.</param>
internal sealed record InteractionAnswer(string Title, string? Description, IReadOnlyList<(string Name, string Value)> Fields);
