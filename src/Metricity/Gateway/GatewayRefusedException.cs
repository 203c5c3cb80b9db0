namespace Metricity.Gateway;

/// <summary>Discord will not have this bot as it is set up: trying again is pointless. The message is written for the operator.</summary>
internal sealed class GatewayRefusedException(int closeCode, string message) : Exception(message)
{
    /// <summary>One of 4004 and 4010–4014.</summary>
    public int CloseCode { get; } = closeCode;
}
