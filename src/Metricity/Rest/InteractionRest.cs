using System.Net.Http.Headers;
using System.Text.Json;
using Metricity.Events;

namespace Metricity.Rest;

/// <summary>
/// The two things that Metricity writes to Discord, when it is asked to: its slash command, and answers to those who use it. One attempt
/// each, outside of the limits of <see cref="RestTransport"/>: answers are exempt from them (docs, "Rate Limits"), the command is
/// registered one guild after another. Any thread may call.
/// </summary>
internal sealed class InteractionRest(HttpClient http, RestOptions options, RestStatus status, TimeProvider time)
{
    /// <summary>Discord waits 3 s for an answer from the moment it sent the interaction; part of that is spent already.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private const string CommandRoute = "/applications/{application}/guilds/{guild}/commands";
    private const string CallbackRoute = "/interactions/{interaction}/{token}/callback";

    /// <summary>"Manage Server"; administrators may use every command anyway.</summary>
    private const string ManageGuild = "32";

    private readonly Uri _baseUrl = new(options.BaseUrl.AbsoluteUri.TrimEnd('/') + "/");

    /// <summary>Makes or overwrites the guild's command <c>/metricity status</c>.</summary>
    /// <param name="forEveryone">Discord shows it to everyone (a staff role may use it), or to who may manage the server.</param>
    /// <exception cref="DiscordRestException">Discord refuses, also for its limits.</exception>
    /// <exception cref="DiscordUnavailableException">No whole answer came.</exception>
    public async Task RegisterAsync(Snowflake applicationId, Snowflake guildId, bool forEveryone, CancellationToken cancellationToken)
    {
        var body = Json(json =>
        {
            json.WriteString("name"u8, InteractionReader.Command);
            json.WriteNumber("type"u8, 1);
            json.WriteString("description"u8, "Metricity, which collects this server's activity without its content"u8);
            json.WriteString("default_member_permissions"u8, forEveryone ? null : ManageGuild);
            json.WriteStartArray("options"u8);
            json.WriteStartObject();
            json.WriteNumber("type"u8, 1);
            json.WriteString("name"u8, InteractionReader.Subcommand);
            json.WriteString("description"u8, "What is collected, how far behind it is, and what is missing"u8);
            json.WriteEndObject();
            json.WriteEndArray();
        });
        using var request = Request($"applications/{applicationId}/guilds/{guildId}/commands", body);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bot", options.Token.Reveal());
        var answer = await SendAsync(request, CommandRoute, options.RequestTimeout, cancellationToken);
        if (!answer.IsSuccess)
        {
            throw new DiscordRestException(answer.Status, answer.Error.Code, CommandRoute, "POST");
        }
    }

    /// <summary>Answers an interaction, for its user's eyes alone.</summary>
    /// <exception cref="DiscordRestException">Too late (10062), or answered already (40060), or refused otherwise.</exception>
    /// <exception cref="DiscordUnavailableException">No whole answer came in time.</exception>
    public async Task AnswerAsync(
        Snowflake interactionId, Secret token, InteractionAnswer answer, CancellationToken cancellationToken)
    {
        const int MessageWithSource = 4;
        const int Ephemeral = 1 << 6;
        var body = Json(json =>
        {
            json.WriteNumber("type"u8, MessageWithSource);
            json.WriteStartObject("data"u8);
            json.WriteNumber("flags"u8, Ephemeral);
            json.WriteStartArray("embeds"u8);
            json.WriteStartObject();
            json.WriteString("title"u8, answer.Title);
            if (answer.Description is not null)
            {
                json.WriteString("description"u8, answer.Description);
            }

            json.WriteStartArray("fields"u8);
            foreach (var (name, value) in answer.Fields)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteString("value"u8, value);
                json.WriteBoolean("inline"u8, true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("allowed_mentions"u8);
            json.WriteStartArray("parse"u8);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });

        // The token in the path is the authorisation: the bot's own is not needed and not sent.
        using var request = Request($"interactions/{interactionId}/{Uri.EscapeDataString(token.Reveal())}/callback", body);
        var result = await SendAsync(request, CallbackRoute, AnswerLimit, cancellationToken);
        if (!result.IsSuccess)
        {
            throw new DiscordRestException(result.Status, result.Error.Code, CallbackRoute, "POST");
        }
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private HttpRequestMessage Request(string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_baseUrl, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd(RestHttp.UserAgent);

        return request;
    }

    private async Task<RestAnswer> SendAsync(HttpRequestMessage request, string route, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        RestAnswer? answer = null;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            answer = await RestAnswer.ReadAsync(response, time, either.Token);

            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DiscordUnavailableException($"POST {route}: no whole answer came within {limit.TotalSeconds:0.#} s.", inner: null);
        }
        catch (HttpRequestException e)
        {
            // Not passed on as the inner exception: its text could hold the address, and with it the token.
            throw new DiscordUnavailableException($"POST {route}: {RestHttp.Explain(e.HttpRequestError, _baseUrl)}.", inner: null);
        }
        catch (IOException)
        {
            throw new DiscordUnavailableException($"POST {route}: the connection broke off.", inner: null);
        }
        finally
        {
            status.CountAnswer(route, answer?.Status ?? 0);
        }
    }
}

/// <summary>What one person is shown who used a command: an embed that Discord shows to nobody else.</summary>
/// <param name="Description">Null = none.</param>
internal sealed record InteractionAnswer(string Title, string? Description, IReadOnlyList<(string Name, string Value)> Fields);
