namespace Metricity.Gateway;

/// <summary>Takes dispatches one at a time, in order, on the reader's thread.</summary>
internal interface IDispatchConsumer
{
    /// <summary>
    /// Takes one dispatch; may wait while the consumer's queue is full, and the socket is not read meanwhile. Cancellation
    /// (the connection ended or the program stops) must mean "not taken": the dispatch is then asked for again by RESUME.
    /// Any other exception ends <see cref="GatewayClient.RunAsync"/>.
    /// </summary>
    ValueTask ConsumeAsync(Dispatch dispatch, CancellationToken cancellationToken);
}
