using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Metricity.IntegrationTests.Export;

/// <summary>
/// An envelope with one event, read strictly: what Sentry's developer documentation does not allow fails the test ("Envelopes",
/// "Event Payloads" with the exception, stack trace, message and SDK interfaces, "Authentication"). Knows nothing of any SDK.
/// </summary>
internal sealed partial record SentryEnvelope(JsonElement Header, JsonElement Event)
{
    private const int LongestMessage = 8192;

    private static readonly string[] HeaderKeys = ["event_id", "dsn", "sdk", "sent_at", "trace"];
    private static readonly string[] ItemKeys = ["type", "length", "content_type"];
    private static readonly string[] Levels = ["fatal", "error", "warning", "info", "debug"];

    /// <summary>All that an event of ours may hold. Protocol or not: another key is something that nobody decided to send.</summary>
    private static readonly string[] EventKeys =
        ["event_id", "timestamp", "platform", "level", "logger", "release", "environment", "logentry", "exception", "tags", "sdk"];

    private static readonly string[] FrameKeys = ["module", "function", "lineno", "in_app"];

    public string Level => Event.GetProperty("level").GetString()!;

    public string Template => Event.GetProperty("logentry").GetProperty("message").GetString()!;

    public string Formatted => Event.GetProperty("logentry").GetProperty("formatted").GetString()!;

    public string? Tag(string key) =>
        Event.TryGetProperty("tags", out var tags) && tags.TryGetProperty(key, out var value) ? value.GetString() : null;

    public static SentryEnvelope Parse(SentryRequest request)
    {
        Assert.Equal("POST", request.Method);
        Assert.Equal($"/api/{SentryReceiver.Project}/envelope/", request.Path);
        CheckAuthentication(request.Headers["X-Sentry-Auth"]);
        var body = Decompress(request);

        var header = Line(ref body);
        Only(header, HeaderKeys);
        var id = Match(header, "event_id", EventId());
        CheckTime(header, "sent_at");

        var item = Line(ref body);
        Only(item, ItemKeys);
        Assert.Equal("event", item.GetProperty("type").GetString());
        var length = item.GetProperty("length").GetInt32();
        Assert.InRange(length, 2, body.Length);
        var payload = Json(body[..length]);
        Assert.True(body.Length == length || (body.Length == length + 1 && body[length] == '\n'), "something follows the item");
        CheckEvent(payload, id);

        return new SentryEnvelope(header, payload);
    }

    private static void CheckAuthentication(string header)
    {
        Assert.StartsWith("Sentry ", header, StringComparison.Ordinal);
        var fields = header["Sentry ".Length..].Split(',', StringSplitOptions.TrimEntries).ToDictionary(
            field => field.Split('=', 2)[0], field => field.Split('=', 2)[1]);
        Assert.Equal("7", fields["sentry_version"]);
        Assert.Equal(SentryReceiver.Key, fields["sentry_key"]);
        Assert.Matches("^[a-z0-9.-]+/[0-9][A-Za-z0-9.-]*$", fields["sentry_client"]);
        Assert.Empty(fields.Keys.Except(["sentry_version", "sentry_key", "sentry_client", "sentry_timestamp"]));
    }

    private static void CheckEvent(JsonElement payload, string id)
    {
        Only(payload, EventKeys);
        Assert.Equal(id, Match(payload, "event_id", EventId()));
        CheckTime(payload, "timestamp");
        Assert.Equal("csharp", payload.GetProperty("platform").GetString());
        Assert.Contains(payload.GetProperty("level").GetString(), Levels);
        Match(payload, "release", Release());
        Match(payload, "environment", Environment());

        var message = payload.GetProperty("logentry");
        Only(message, ["message", "formatted"]);
        Assert.All(message.EnumerateObject(), text => Assert.InRange(text.Value.GetString()!.Length, 1, LongestMessage));

        var sdk = payload.GetProperty("sdk");
        Only(sdk, ["name", "version"]);
        Match(sdk, "name", NotEmpty());
        Match(sdk, "version", NotEmpty());

        if (payload.TryGetProperty("tags", out var tags))
        {
            Assert.All(tags.EnumerateObject(), tag => Assert.Matches("^[a-zA-Z0-9_.:-]{1,32}$", tag.Name));
            Assert.All(tags.EnumerateObject(), tag => Assert.Matches(@"^[^\n]{0,200}\z", tag.Value.GetString()));
        }

        if (payload.TryGetProperty("exception", out var exception))
        {
            Only(exception, ["values"]);
            Assert.NotEmpty(exception.GetProperty("values").EnumerateArray());
            Assert.All(exception.GetProperty("values").EnumerateArray(), CheckException);
        }
    }

    private static void CheckException(JsonElement exception)
    {
        Only(exception, ["type", "stacktrace"]);
        Match(exception, "type", NotEmpty());
        if (exception.TryGetProperty("stacktrace", out var trace))
        {
            Only(trace, ["frames"]);
            Assert.NotEmpty(trace.GetProperty("frames").EnumerateArray());
            Assert.All(trace.GetProperty("frames").EnumerateArray(), frame =>
            {
                Only(frame, FrameKeys);
                Match(frame, "function", NotEmpty());
                Assert.True(!frame.TryGetProperty("lineno", out var line) || line.GetInt32() > 0);
            });
        }
    }

    private static byte[] Decompress(SentryRequest request)
    {
        if (!request.Headers.TryGetValue("Content-Encoding", out var encoding))
        {
            return request.Body;
        }

        Assert.Equal("gzip", encoding);
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(request.Body), CompressionMode.Decompress);
        gzip.CopyTo(plain);

        return plain.ToArray();
    }

    /// <summary>Takes a line, which must be one JSON object.</summary>
    private static JsonElement Line(ref byte[] body)
    {
        var end = Array.IndexOf(body, (byte)'\n');
        Assert.True(end > 0, "a line is missing");
        var line = Json(body[..end]);
        body = body[(end + 1)..];

        return line;
    }

    private static JsonElement Json(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);

        return document.RootElement.Clone();
    }

    private static void Only(JsonElement element, string[] keys) =>
        Assert.Empty(element.EnumerateObject().Select(property => property.Name).Except(keys));

    private static string Match(JsonElement element, string key, Regex pattern)
    {
        var text = element.GetProperty(key).GetString()!;
        Assert.Matches(pattern, text);

        return text;
    }

    private static void CheckTime(JsonElement element, string key)
    {
        var text = Match(element, key, Rfc3339());
        Assert.True(DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _), text);
    }

    [GeneratedRegex("^[0-9a-f]{32}\\z")]
    private static partial Regex EventId();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\z")]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"^[^\s/\\]{1,200}\z")]
    private static partial Regex Release();

    [GeneratedRegex(@"^(?!None\z)[^\s/]{1,64}\z")]
    private static partial Regex Environment();

    [GeneratedRegex(@"\S")]
    private static partial Regex NotEmpty();
}
