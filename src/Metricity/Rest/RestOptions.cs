using Metricity.Events;

namespace Metricity.Rest;

/// <summary>What the REST client must be told.</summary>
internal sealed class RestOptions
{
    /// <summary>The bot token, without the word "Bot".</summary>
    public required Secret Token { get; init; }

    /// <summary>Root of the API with its version in the path; a trailing slash makes no difference.</summary>
    public Uri BaseUrl { get; init; } = new("https://discord.com/api/v10");

    /// <summary>Roles that make a member staff; decides <see cref="UserFacts.IsStaff"/>. Default none.</summary>
    public IReadOnlySet<Snowflake> StaffRoleIds { get; init; } = new HashSet<Snowflake>();

    /// <summary>From sending one attempt to the last byte of its answer; waits for rate limits not counted. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further attempts after a fault that may pass by itself. Default 5, which is about half a minute.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>
    /// Requests in any second, over all routes. Default 50, Discord's global limit (docs, "Rate Limits: Global Rate Limit").
    /// </summary>
    public int RequestsPerSecond { get; init; } = 50;

    /// <summary>
    /// Answers 401, 403 and 429 (not shared) in any ten minutes at which we stop of our own accord. Default 1,000; Discord bans the address
    /// at 10,000 (docs, "Rate Limits: Invalid Request Limit"), and other programs may share it.
    /// </summary>
    public int InvalidRequestLimit { get; init; } = 1000;
}
