namespace Metricity.Rest;

/// <summary>Discord could not be asked: every attempt failed in a way that may pass by itself. Asking again later makes sense.</summary>
internal sealed class DiscordUnavailableException(string message, Exception? inner) : Exception(message, inner);
