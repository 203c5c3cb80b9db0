using System.Net;

namespace Metricity.Rest;

/// <summary>The HTTP connection to Discord and its habits.</summary>
internal static class RestHttp
{
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    /// <summary>The form Discord asks for; its edge network blocks others (docs, "API Reference: User Agent").</summary>
    public static string UserAgent { get; } =
        $"DiscordBot (https://github.com/metricity-dotnet/metricity, {typeof(RestHttp).Assembly.GetName().Version?.ToString(3)})";

    /// <summary>A client for <see cref="DiscordRest"/>, owned by the caller. Time limits and headers are the sender's affair.</summary>
    public static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = DecompressionMethods.All,
        MaxConnectionsPerServer = 16,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        AllowAutoRedirect = false,
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    /// <summary>The reason of a failed attempt, to go after "because".</summary>
    public static string Explain(HttpRequestError error, Uri baseUrl) => error switch
    {
        HttpRequestError.NameResolutionError => $"the name {baseUrl.Host} could not be resolved",
        HttpRequestError.ConnectionError => $"no connection to {baseUrl.Authority} could be made",
        HttpRequestError.SecureConnectionError => $"no secure connection to {baseUrl.Authority} could be made (TLS)",
        HttpRequestError.ProxyTunnelError => "the proxy refused the connection",
        HttpRequestError.ConfigurationLimitExceeded => "the answer was too long",
        _ => "the connection broke off",
    };
}
