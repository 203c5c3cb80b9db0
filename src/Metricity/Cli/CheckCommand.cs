using Metricity.Hosting;
using Metricity.Migrations;
using Metricity.Rest;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metricity.Cli;

/// <summary>
/// <c>metricity check</c>: looks at everything that can be wrong before a first run, and prints every finding. Changes nothing.
/// Gives the exit code of the first kind of failure found.
/// </summary>
internal sealed class CheckCommand(Settings settings, DiscordRest rest, TimeProvider time, TextWriter output)
{
    private int _code = ExitCode.Done;

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var settings = context.ReadSettings(SettingsNeeds.All);
        await context.Out.WriteLineAsync("ok    settings");
        foreach (var change in settings.Changed)
        {
            await context.Out.WriteLineAsync($"ok    settings: {change}");
        }

        foreach (var warning in settings.Warnings)
        {
            await context.Out.WriteLineAsync($"warn  settings: {warning}");
        }

        var options = new RestOptions { Token = settings.Token!, BaseUrl = settings.ApiBaseUrl, MaxRetries = 1 };
        using var http = RestHttp.CreateClient();
        var rest = new DiscordRest(http, options, TimeProvider.System, NullLogger<DiscordRest>.Instance);

        return await new CheckCommand(settings, rest, TimeProvider.System, context.Out).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await TryAsync("database", CheckDatabaseAsync, cancellationToken);
        if (await TryAsync("token", CheckTokenAsync, cancellationToken))
        {
            await TryAsync("intents", CheckIntentsAsync, cancellationToken);
            foreach (var guild in settings.Guilds)
            {
                await TryAsync($"guild {guild.Id}", token => CheckGuildAsync(guild, token), cancellationToken);
            }
        }

        await output.WriteLineAsync(_code == ExitCode.Done ? "Everything needed is in place." : "Mend what FAIL names, then check again.");

        return _code;
    }

    private async Task<bool> TryAsync(string subject, Func<CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        try
        {
            await check(cancellationToken);

            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var (code, sentence) = Failure.Explain(e);
            await FailAsync(code, $"{subject}: {sentence}");

            return false;
        }
    }

    private async Task CheckDatabaseAsync(CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(settings.ConnectionString!.Reveal(), CommandContext.Schemas(settings), _ => { });
        SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
        await OkAsync($"database: reachable, {settings.Guilds.Count} guild schema(s) at {SchemaVersion.LatestGuild}");
    }

    private async Task CheckTokenAsync(CancellationToken cancellationToken)
    {
        var bot = await rest.GetCurrentUserAsync(cancellationToken);
        await OkAsync($"token: Discord knows the bot {bot.Id}");
    }

    private async Task CheckIntentsAsync(CancellationToken cancellationToken)
    {
        var application = await rest.GetCurrentApplicationAsync(cancellationToken);
        if (application.HasMembersIntent)
        {
            await OkAsync("intents: Server Members Intent is on");
        }
        else
        {
            await FailAsync(ExitCode.Discord,
                "intents: Server Members Intent is off. Switch it on in Discord's Developer Portal, on the Bot page of the application.");
        }

        if (application.HasMessageContentIntent)
        {
            await WarnAsync(
                "intents: Message Content Intent is on and not needed. Switch it off, so that Discord sends no content at all.");
        }
    }

    private async Task CheckGuildAsync(GuildSettings guild, CancellationToken cancellationToken)
    {
        var bot = await rest.GetCurrentUserAsync(cancellationToken);
        var info = await rest.GetGuildAsync(guild.Id, cancellationToken);
        var me = await rest.GetMemberAsync(guild.Id, bot.Id, cancellationToken);
        await OkAsync($"guild {guild.Id}: visible, about {info.MemberCount} members");
        if (guild.StaffRoleId is { } staff && info.Roles.All(role => role.Id != staff))
        {
            await WarnAsync($"guild {guild.Id}: it has no role {staff} (StaffRoleId), so nobody is marked as staff.");
        }

        if (settings.Commands)
        {
            await CheckCommandsAsync(guild, cancellationToken);
        }

        var readable = 0;
        var channels = await rest.GetChannelsAsync(guild.Id, cancellationToken);
        foreach (var channel in channels.Where(channel => !channel.Facts.Type.IsCategory))
        {
            var permissions = ChannelPermissions.Compute(info, me, channel.Overwrites, time.GetUtcNow().UtcDateTime);
            if (ChannelPermissions.CanReadHistory(permissions, channel.Facts.Type))
            {
                readable++;
            }
            else
            {
                await WarnAsync($"guild {guild.Id}: in channel {channel.Facts.Id} the bot lacks {Missing(permissions)}.");
            }
        }

        var listed = channels.Count(channel => !channel.Facts.Type.IsCategory);
        await OkAsync($"guild {guild.Id}: {readable} of {listed} listed channels are readable with their history");
    }

    private async Task CheckCommandsAsync(GuildSettings guild, CancellationToken cancellationToken)
    {
        try
        {
            var application = await rest.GetCurrentApplicationAsync(cancellationToken);
            await rest.GetCommandsAsync(application.Id, guild.Id, cancellationToken);
            await OkAsync($"guild {guild.Id}: slash commands may be registered (Discord:Commands)");
        }
        catch (DiscordRestException e) when (e.IsMissingAccess)
        {
            await WarnAsync($"guild {guild.Id}: the bot was invited without the scope applications.commands, so /metricity status cannot be "
                + "registered (Discord:Commands). Invite it again with the link in the README.");
        }
    }

    private static string Missing(ulong permissions) => !ChannelPermissions.CanView(permissions)
        ? "View Channel: nothing is collected there"
        : ChannelPermissions.Has(permissions, ChannelPermissions.ReadMessageHistory)
            ? "Connect: what is written there cannot be read back"
            : "Read Message History: what is written there cannot be read back";

    private Task OkAsync(string text) => output.WriteLineAsync("ok    " + text);

    private Task WarnAsync(string text) => output.WriteLineAsync("warn  " + text);

    private Task FailAsync(int code, string text)
    {
        _code = _code == ExitCode.Done ? code : _code;

        return output.WriteLineAsync("FAIL  " + text);
    }
}
