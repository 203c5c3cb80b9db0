namespace Metricity.Rest;

/// <summary>
/// Discord refuses the token. Nothing sent with it can succeed, and each try counts towards a ban of the address, so the client sends
/// nothing more after the first of these.
/// </summary>
internal sealed class DiscordRefusedException(string message) : Exception(message);
