using System.Text.Json;
using System.Text.RegularExpressions;

namespace Metricity.DiscordSimulator;

/// <summary>Slash commands: their registration, and the answers to those who use them (docs, "Application Commands", "Interactions").</summary>
internal sealed partial class RestHandlers
{
    private const int MessageAnswer = 4;
    private const int DeferredAnswer = 5;

    private RestAnswer InCommands(RestCall call, Func<SimGuild, RestAnswer> answer)
    {
        return call.Ids[0] != _world.ApplicationId
            ? RestAnswer.Error(403, 20012, "You are not authorized to perform this action on this application")
            : _world.GuildList.Find(candidate => candidate.Id == call.Ids[1]) is { BotPresent: true, HasCommandsScope: true } guild
                ? answer(guild)
                : RestAnswer.MissingAccess;
    }

    private RestAnswer Commands(SimGuild guild)
    {
        return List(guild.Commands, (w, command) => WriteCommand(w, guild, command));
    }

    /// <summary>201 for a new name, 200 for one that is overwritten.</summary>
    private RestAnswer SetCommand(RestCall call, SimGuild guild)
    {
        if (!TryParse(call.Body, out var body))
        {
            return RestAnswer.Error(400, 50109, "The request body contains invalid JSON.");
        }

        if (Text(body, "name") is not { } name || !CommandName().IsMatch(name))
        {
            return RestAnswer.BadForm("name", "APPLICATION_COMMAND_INVALID_NAME");
        }

        if (Text(body, "description") is not { Length: >= 1 and <= 100 } description)
        {
            return RestAnswer.BadForm("description", "BASE_TYPE_BAD_LENGTH");
        }

        var permissions = Text(body, "default_member_permissions");
        if (permissions is not null && !ulong.TryParse(permissions, out _))
        {
            return RestAnswer.BadForm("default_member_permissions", "NUMBER_TYPE_COERCE");
        }

        var options = body.TryGetProperty("options", out var list) ? list.EnumerateArray().ToList() : [];
        if (options.Exists(option => Text(option, "name") is not { } text || !CommandName().IsMatch(text)
            || Text(option, "description") is not { Length: >= 1 and <= 100 } || !option.TryGetProperty("type", out _)))
        {
            return RestAnswer.BadForm("options", "APPLICATION_COMMAND_OPTIONS_INVALID");
        }

        var subcommands = options.Where(option => option.GetProperty("type").GetInt32() == 1).Select(option => Text(option, "name")!);
        var id = guild.Commands.FirstOrDefault(present => present.Name == name)?.Id ?? _world.NextId();
        var command = new SimCommand(id, name, description, permissions, [.. subcommands]);
        var isNew = guild.SetCommand(command);

        return new RestAnswer(isNew ? 201 : 200, _world.Wire.Build(w => WriteCommand(w, guild, command)));
    }

    /// <summary>The token is the authorisation. Too late is unknown; a second answer is refused.</summary>
    private RestAnswer Callback(RestCall call)
    {
        var interaction = _world.InteractionList.Find(candidate => candidate.Id == call.Ids[0] && candidate.Token == call.Token);
        if (interaction is null || (interaction.AnswerText is null && _world.Now - interaction.At > SimInteraction.Deadline))
        {
            return RestAnswer.Error(404, 10062, "Unknown interaction");
        }

        if (interaction.AnswerText is not null)
        {
            return RestAnswer.Error(400, 40060, "Interaction has already been acknowledged.");
        }

        if (!TryParse(call.Body, out var body))
        {
            return RestAnswer.Error(400, 50109, "The request body contains invalid JSON.");
        }

        if (!body.TryGetProperty("type", out var type) || type.GetInt32() is not (MessageAnswer or DeferredAnswer))
        {
            return RestAnswer.BadForm("type", "BASE_TYPE_CHOICES");
        }

        if (WrongEmbed(body) is { } wrong)
        {
            return RestAnswer.BadForm(wrong, "BASE_TYPE_BAD_LENGTH");
        }

        interaction.AnswerText = body.GetRawText();

        return new RestAnswer(204, []);
    }

    /// <summary>The first field that breaks the limits of embeds (docs, "Message: Embed Limits"); null when none does.</summary>
    private static string? WrongEmbed(JsonElement body)
    {
        if (!body.TryGetProperty("data", out var data) || !data.TryGetProperty("embeds", out var embeds))
        {
            return null;
        }

        var total = 0;
        foreach (var embed in embeds.EnumerateArray())
        {
            total += (Text(embed, "title")?.Length ?? 0) + (Text(embed, "description")?.Length ?? 0);
            if (Text(embed, "title")?.Length > 256 || Text(embed, "description")?.Length > 4096)
            {
                return "title";
            }

            var fields = embed.TryGetProperty("fields", out var list) ? list.EnumerateArray().ToList() : [];
            total += fields.Sum(field => (Text(field, "name")?.Length ?? 0) + (Text(field, "value")?.Length ?? 0));
            if (fields.Count > 25 || fields.Exists(field =>
                Text(field, "name") is not { Length: >= 1 and <= 256 } || Text(field, "value") is not { Length: >= 1 and <= 1024 }))
            {
                return "fields";
            }
        }

        return embeds.GetArrayLength() > 10 || total > 6000 ? "embeds" : null;
    }

    private void WriteCommand(Utf8JsonWriter w, SimGuild guild, SimCommand command)
    {
        w.WriteStartObject();
        Wire.Id(w, "id"u8, command.Id);
        Wire.Id(w, "application_id"u8, _world.ApplicationId);
        Wire.Id(w, "guild_id"u8, guild.Id);
        Wire.Id(w, "version"u8, command.Id);
        w.WriteNumber("type"u8, 1);
        w.WriteString("name"u8, command.Name);
        w.WriteString("description"u8, command.Description);
        w.WriteString("default_member_permissions"u8, command.DefaultMemberPermissions);
        w.WriteBoolean("nsfw"u8, false);
        w.WriteEndObject();
    }

    private static string? Text(JsonElement element, string name)
    {
        return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static bool TryParse(byte[] bytes, out JsonElement body)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            body = document.RootElement.Clone();

            return body.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            body = default;

            return false;
        }
    }

    [GeneratedRegex(@"^[-_'\p{Ll}\p{Lo}\p{N}]{1,32}\z")]
    private static partial Regex CommandName();
}
