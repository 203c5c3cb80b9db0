using System.Globalization;

namespace Metricity.DiscordSimulator;

/// <summary>Slash commands of the application in this guild.</summary>
public sealed partial class SimGuild
{
    private readonly List<SimCommand> _commands = [];

    /// <summary>Whether the bot was invited with the scope <c>applications.commands</c>. Default yes.</summary>
    public bool HasCommandsScope { get; set; } = true;

    public IReadOnlyList<SimCommand> Commands
    {
        get
        {
            lock (World.Gate)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>
    /// A member uses a command: INTERACTION_CREATE, whatever the intents. Discord shows what is registered, but what was registered once
    /// may be used by a client that does not know better, so nothing is checked here.
    /// </summary>
    /// <param name="permissions">Further permissions that the payload says the member has.</param>
    /// <param name="again">An earlier use, of which the event is sent once more.</param>
    public SimInteraction UseCommand(
        SimMember member, string name, string subcommand, ulong permissions = 0, SimInteraction? again = null)
    {
        ArgumentNullException.ThrowIfNull(member);
        lock (World.Gate)
        {
            var id = again?.Id ?? World.NextId();
            var interaction = again ?? new SimInteraction(id, "aW50ZXJhY3Rpb24." + SimNames.Hash(id), World.Now);
            if (again is null)
            {
                World.InteractionList.Add(interaction);
            }

            var own = SimPermissions.Compute(member, null) | permissions;
            var channel = _channels.Values.FirstOrDefault(candidate => candidate.Type == SimChannelType.Text);
            Emit("INTERACTION_CREATE", SimIntents.Always, w =>
            {
                w.WriteStartObject();
                Wire.Id(w, "id"u8, id);
                Wire.Id(w, "application_id"u8, World.ApplicationId);
                w.WriteNumber("type"u8, 2);
                w.WriteNumber("version"u8, 1);
                w.WriteString("token"u8, interaction.Token);
                Wire.Id(w, "guild_id"u8, Id);
                Wire.Id(w, "channel_id"u8, channel?.Id);
                w.WriteString("locale"u8, "en-GB"u8);
                w.WriteString("guild_locale"u8, "en-US"u8);
                w.WriteString("app_permissions"u8, "1115136"u8);
                w.WriteNumber("context"u8, 0);
                w.WriteStartObject("data"u8);
                Wire.Id(w, "id"u8, _commands.Find(command => command.Name == name)?.Id ?? id);
                w.WriteString("name"u8, name);
                w.WriteNumber("type"u8, 1);
                Wire.Id(w, "guild_id"u8, Id);
                w.WriteStartArray("options"u8);
                w.WriteStartObject();
                w.WriteString("name"u8, subcommand);
                w.WriteNumber("type"u8, 1);
                w.WriteStartArray("options"u8);
                if (World.Options.Canary is { } canary)
                {
                    w.WriteStartObject();
                    w.WriteString("name"u8, "text"u8);
                    w.WriteNumber("type"u8, 3);
                    w.WriteString("value"u8, canary);
                    w.WriteEndObject();
                }

                w.WriteEndArray();
                w.WriteEndObject();
                w.WriteEndArray();
                w.WriteEndObject();
                w.WriteStartObject("member"u8);
                World.Wire.MemberFields(w, member, withUser: true);
                w.WriteString("permissions"u8, own.ToString(CultureInfo.InvariantCulture));
                w.WriteEndObject();
                w.WriteStartArray("entitlements"u8);
                w.WriteEndArray();
                w.WriteStartObject("authorizing_integration_owners"u8);
                Wire.Id(w, "0"u8, Id);
                w.WriteEndObject();
                w.WriteEndObject();
            });

            return interaction;
        }
    }

    /// <summary>True when there was none of that name.</summary>
    internal bool SetCommand(SimCommand command)
    {
        var isNew = _commands.RemoveAll(present => present.Name == command.Name) == 0;
        _commands.Add(command);

        return isNew;
    }
}
