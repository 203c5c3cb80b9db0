using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Metricity.DiscordSimulator;

/// <summary>
/// The pages under <c>/sim</c>, for scripts that drive the simulator as a program: truth and status to read, life to pause,
/// faults to cause.
/// </summary>
internal sealed class SimAdmin(Simulator simulator)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new SnowflakeConverter() },
    };

    public async Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value;
        switch (http.Request.Method, path)
        {
            case ("GET", "/sim/truth"):
                await TruthAsync(http);
                break;
            case ("GET", "/sim/status"):
                await http.Response.WriteAsJsonAsync(Status(), Json);
                break;
            case ("POST", "/sim/pause"):
                simulator.Lives.ToList().ForEach(life => life.Pause());
                await http.Response.WriteAsync("paused\n");
                break;
            case ("POST", "/sim/resume"):
                simulator.Lives.ToList().ForEach(life => life.Resume());
                await http.Response.WriteAsync("goes on\n");
                break;
            case ("POST", _) when path!.StartsWith("/sim/fault/", StringComparison.Ordinal):
                await FaultAsync(http, path["/sim/fault/".Length..]);
                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private async Task TruthAsync(HttpContext http)
    {
        var known = ulong.TryParse(http.Request.Query["guild"], NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        var guild = known ? simulator.World.FindGuild(id) : simulator.World.Guilds is [var first, ..] ? first : null;
        if (guild is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await http.Response.WriteAsJsonAsync(simulator.World.Truth(guild), Json);
    }

    private object Status()
    {
        lock (simulator.World.Gate)
        {
            var gateway = simulator.Gateway;
            return new
            {
                guilds = simulator.World.GuildList.Select(guild => new
                {
                    guild.Id,
                    guild.Name,
                    members = guild.MemberCount,
                    categories = guild.Categories.Count,
                    channels = guild.Channels.Count,
                    threads = guild.Threads.Count,
                    guild.Counters,
                }).ToArray(),
                live = gateway.IsLive,
                connections = gateway.Connections.Count,
                identifies = gateway.IdentifyCount,
                resumes = gateway.ResumeCount,
                resumed = gateway.ResumedCount,
                dispatches_sent = gateway.SentCount,
                dispatches_queued = gateway.Connections.Sum(connection => connection.Queued),
                last_sequence = gateway.LastSequence,
                invalid_requests = simulator.Rest.InvalidRequestCount,
                failures = gateway.Failures.Count,
                paused = simulator.Lives.Any(life => life.IsPaused),
                happenings = simulator.Lives.SelectMany(life => life.Happenings).OrderBy(happening => happening.At).TakeLast(20).ToArray(),
            };
        }
    }

    private async Task FaultAsync(HttpContext http, string fault)
    {
        var gateway = simulator.Gateway;
        switch (fault)
        {
            case "op7":
                gateway.SendReconnect();
                break;
            case "op9":
                gateway.SendInvalidSession(http.Request.Query["resumable"] == "true");
                break;
            case "close" when int.TryParse(http.Request.Query["code"], NumberStyles.None, CultureInfo.InvariantCulture, out var code):
                await gateway.CloseAllAsync(code);
                break;
            case "abort":
                await gateway.AbortAllAsync();
                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }

        await http.Response.WriteAsync("done\n");
    }

    /// <summary>Ids as strings: many readers of JSON round 64-bit numbers.</summary>
    private sealed class SnowflakeConverter : JsonConverter<ulong>
    {
        public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            return ulong.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? id
                : throw new JsonException();
        }

        public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options)
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
