namespace Metricity.Gateway;

/// <summary>Builds the address of a connection. Discord's URLs come with or without a trailing slash and never with the query.</summary>
internal static class GatewayUri
{
    public static bool IsUsable(Uri url)
    {
        return url.IsAbsoluteUri && url.Scheme is "wss" or "ws";
    }

    public static Uri Build(Uri url, bool zlib)
    {
        var builder = new UriBuilder(url)
        {
            Query = zlib ? "v=10&encoding=json&compress=zlib-stream" : "v=10&encoding=json",
        };
        return builder.Uri;
    }
}
