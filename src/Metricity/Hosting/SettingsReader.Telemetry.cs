using System.Globalization;
using System.Net;

namespace Metricity.Hosting;

/// <summary>Settings of the health answers, metrics and traces.</summary>
internal sealed partial class SettingsReader
{
    private const string DefaultHttpUrl = "http://127.0.0.1:8080";

    private HttpSettings ReadHttp()
    {
        // Here empty is a value, "off"; only a key that is nowhere takes the default.
        var health = configuration["Http:Url"] is { } text && string.IsNullOrWhiteSpace(text)
            ? null
            : ReadAddress("Http:Url", Value("Http:Url") ?? DefaultHttpUrl);

        var hasReport = ReadBool("Http:Report", false);
        if (hasReport && string.IsNullOrWhiteSpace(configuration["Http:Url"] ?? DefaultHttpUrl))
        {
            _errors.Add($"Http:Report: the report is given at Http:Url, which is empty. Set it, for example to {DefaultHttpUrl}, or switch "
                + "Http:Report off.");
        }

        return new HttpSettings(
            health, Value("Http:MetricsUrl") is { } metrics ? ReadAddress("Http:MetricsUrl", metrics) : health, hasReport);
    }

    /// <summary>An address to listen on.</summary>
    private Uri? ReadAddress(string key, string text)
    {
        // A name would be listened on at every address of the machine: not what somebody means who writes one.
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "http" && uri.PathAndQuery == "/"
            && uri.UserInfo.Length == 0 && ((uri.Host == "localhost" && uri.Port > 0) || IPAddress.TryParse(uri.Host, out _)))
        {
            return uri;
        }

        _errors.Add($"{key}: '{Shown(text)}' is no address to listen on. Use http, an IP address or localhost, and a port: "
            + $"{DefaultHttpUrl} (this machine only) or http://0.0.0.0:8080 (all addresses); leave Http:Url empty for none.");

        return null;
    }

    private OtlpSettings? ReadOtlp()
    {
        const string Key = "Otlp:Endpoint";
        var isGrpc = ReadChoice("Otlp:Protocol", "grpc", ["grpc", "http/protobuf"]) == "grpc";
        var headers = ReadSecret("Otlp:Headers", "Otlp:HeadersFile", null);
        var ratio = ReadRatio("Otlp:TraceRatio", 0.001);
        if (Value(Key) is not { } text)
        {
            return null;
        }

        if (headers?.Reveal().Split(',').All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0) == false)
        {
            _errors.Add("Otlp:Headers (or the file in Otlp:HeadersFile) is not in the form name=value,name=value.");
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri!.Query.Length == 0)
        {
            return new OtlpSettings(uri, isGrpc, headers, ratio);
        }

        _errors.Add($"{Key}: '{Shown(text)}' is no URL. Give the receiver's, such as http://127.0.0.1:4317 (grpc) or "
            + "http://127.0.0.1:4318 (http/protobuf), or leave it empty to send nothing.");

        return null;
    }

    private double ReadRatio(string key, double fallback)
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1)
        {
            return value;
        }

        _errors.Add($"{key}: '{Shown(text)}' is not a number from 0 to 1. Default: {fallback.ToString(CultureInfo.InvariantCulture)}.");

        return fallback;
    }
}
