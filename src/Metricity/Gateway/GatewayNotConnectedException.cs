namespace Metricity.Gateway;

/// <summary>There is no live session to send on, or it was lost while sending. Try again once the status says Ready.</summary>
internal sealed class GatewayNotConnectedException(Exception? inner = null)
    : InvalidOperationException("The gateway connection is not live.", inner);
