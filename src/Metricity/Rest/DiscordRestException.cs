namespace Metricity.Rest;

/// <summary>
/// Discord answered with an error that trying again does not mend. The sentence is ours: Discord's own text can quote the request.
/// </summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">Discord's JSON error code (docs, "Opcodes and Status Codes: JSON Error Codes"); 0 when it gave none.</param>
/// <param name="route">Route template.</param>
/// <param name="method">HTTP method.</param>
internal sealed class DiscordRestException(int status, int code, string route, string method = "GET")
    : Exception($"Discord answered {method} {route} with {status}: {Explain(status, code)}.")
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    public string Route { get; } = route;

    /// <summary>The thing asked for does not exist (any more): proof of a deletion or a departure.</summary>
    /// <remarks>A 404 without one of these codes proves nothing: a proxy or a wrong base URL gives it as well.</remarks>
    public bool IsUnknown => Code is 10003 or 10004 or 10007 or 10008 or 10013;

    /// <summary>The bot may not see it. No proof of anything: it may exist.</summary>
    public bool IsMissingAccess => Code is 50001 or 50013 || (Status == 403 && Code == 0);

    private static string Explain(int status, int code) => (status, code) switch
    {
        (_, 10003) => "the channel or thread does not exist (code 10003)",
        (_, 10004) => "the guild does not exist or the bot is not in it (code 10004)",
        (_, 10007) => "the user is no member of the guild (code 10007)",
        (_, 10008) => "the message does not exist (code 10008)",
        (_, 10013) => "the user does not exist (code 10013)",
        (_, 10062) => "the interaction is not known, or it took longer than 3 s (code 10062)",
        (_, 40060) => "the interaction was answered already (code 40060)",
        (_, 40333) => "its edge network blocks the request, which a wrong User-Agent or a bad address can cause (code 40333)",
        (_, 50001) => "the bot has no access (code 50001); it is not in the guild, or lacks View Channel or the Server Members intent",
        (_, 50013) => "the bot lacks a permission (code 50013)",
        (403, 0) => "the bot has no access",
        (404, 0) => "there is nothing at this address; look at Discord:ApiBaseUrl",
        _ when status is >= 300 and < 400 => "it points to another address; look at Discord:ApiBaseUrl",
        (_, 0) => "it gave no reason",
        _ => $"code {code}",
    };
}

/// <summary>Discord could not be asked: every attempt failed in a way that may pass by itself. Asking again later makes sense.</summary>
internal sealed class DiscordUnavailableException(string message, Exception? inner) : Exception(message, inner);
