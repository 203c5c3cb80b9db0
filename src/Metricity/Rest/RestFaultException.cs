namespace Metricity.Rest;

/// <summary>One attempt failed in a way that may pass by itself. Never leaves this stage.</summary>
/// <param name="reason">Goes after "because" in a sentence; holds no part of an answer.</param>
internal sealed class RestFaultException(string reason, Exception? inner) : Exception(reason, inner);
