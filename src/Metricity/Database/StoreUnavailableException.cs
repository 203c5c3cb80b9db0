namespace Metricity.Database;

/// <summary>The database cannot be reached or asks to try again. <c>Message</c> names the SQLSTATE or the kind of fault, no values.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
