namespace Metricity;

/// <summary>
/// Discord will not have this bot as it is set up: nothing sent with its token can succeed, each try counts towards a ban of the address, and
/// a person must act. The message is written for the operator.
/// </summary>
/// <param name="closeCode">4004 or 4010–4014, when it was the gateway that refused.</param>
internal sealed class DiscordRefusedException(string message, int? closeCode = null) : StopException(Metricity.ExitCode.Discord, message)
{
    public int? CloseCode { get; } = closeCode;
}
