namespace Metricity.Gateway;

/// <summary>The bot token. Prints as <c>***</c>, so that no log, error or debugger view can show it by accident.</summary>
internal sealed class GatewayToken(string value)
{
    /// <summary>The bare token (no <c>Bot </c> prefix); only for IDENTIFY and RESUME.</summary>
    public string Reveal()
    {
        return value;
    }

    public override string ToString()
    {
        return "***";
    }
}
