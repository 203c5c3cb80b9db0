using System.Text;
using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Status and body of an answer.</summary>
internal readonly record struct RestAnswer(int Status, byte[] Body)
{
    public static RestAnswer NotFound { get; } = Error(404, 0, "404: Not Found");

    public static RestAnswer Unauthorized { get; } = Error(401, 0, "401: Unauthorized");

    public static RestAnswer MethodNotAllowed { get; } = Error(405, 0, "405: Method Not Allowed");

    public static RestAnswer MissingAccess { get; } = Error(403, 50001, "Missing Access");

    public static RestAnswer MissingPermissions { get; } = Error(403, 50013, "Missing Permissions");

    public static RestAnswer UnknownChannel { get; } = Error(404, 10003, "Unknown Channel");

    public static RestAnswer UnknownGuild { get; } = Error(404, 10004, "Unknown Guild");

    public static RestAnswer UnknownMember { get; } = Error(404, 10007, "Unknown Member");

    public static RestAnswer UnknownMessage { get; } = Error(404, 10008, "Unknown Message");

    public static RestAnswer WrongChannelType { get; } = Error(400, 50024, "Cannot execute action on this channel type");

    public static RestAnswer BadUserAgent { get; } = Error(403, 40333, "internal network error");

    public static RestAnswer Empty { get; } = new(200, "[]"u8.ToArray());

    public static RestAnswer Error(int status, int code, string message)
    {
        return new RestAnswer(status, Encoding.UTF8.GetBytes($$"""{"message": {{JsonSerializer.Serialize(message)}}, "code": {{code}}}"""));
    }

    /// <summary>400 with the nested form of field errors.</summary>
    public static RestAnswer BadForm(string field, string code)
    {
        var errors = $"{{\"{field}\": {{\"_errors\": [{{\"code\": \"{code}\", \"message\": \"Not allowed.\"}}]}}}}";
        var body = $"{{\"message\": \"Invalid Form Body\", \"code\": 50035, \"errors\": {errors}}}";
        return new RestAnswer(400, Encoding.UTF8.GetBytes(body));
    }
}
