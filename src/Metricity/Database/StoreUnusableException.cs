namespace Metricity.Database;

/// <summary>The database refuses for a reason that waiting does not cure. <c>Message</c> is a plain sentence with the way out.</summary>
internal sealed class StoreUnusableException(string message, Exception? inner = null) : Exception(message, inner);
