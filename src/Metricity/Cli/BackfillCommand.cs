using System.Globalization;
using Metricity.Coverage;
using Metricity.Events;
using Metricity.Hosting;
using Metricity.Migrations;
using Spectre.Console;

namespace Metricity.Cli;

/// <summary><c>metricity backfill</c>: history from before the bot came. Killed in the middle, the same command goes on where it was.</summary>
internal sealed class BackfillCommand(TextWriter output)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <param name="guild">Null = all guilds of the settings.</param>
    /// <param name="channel">Null = all channels.</param>
    /// <param name="since">yyyy-MM-dd, or with a time; UTC. Null = since the guild was made.</param>
    public static async Task<int> RunAsync(
        CommandContext context, string? guild, string? channel, string? since, CancellationToken cancellationToken)
    {
        var settings = context.ReadSettings(SettingsNeeds.All);
        var requests = ReadRequests(settings, guild, channel, since);
        var migrator = new SchemaMigrator(settings.ConnectionString!.Reveal(), CommandContext.Schemas(settings), _ => { });
        SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));

        await using var logging = new Logging(settings.Log, settings.Errors);
        var backfill = new BackfillRun(settings, logging.Factory, TimeProvider.System);
        var command = new BackfillCommand(context.Out);
        foreach (var request in requests)
        {
            await command.RunAsync(backfill, request, cancellationToken);
        }

        return ExitCode.Done;
    }

    private static List<BackfillRequest> ReadRequests(Settings settings, string? guild, string? channel, string? since)
    {
        var errors = new List<string>();
        var guildId = ReadId("--guild", guild, errors);
        var channelId = ReadId("--channel", channel, errors);
        DateTime? from = null;
        if (since is not null)
        {
            if (DateTimeOffset.TryParseExact(
                since,
                ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var at))
            {
                from = at.UtcDateTime;
            }
            else
            {
                errors.Add($"--since: '{since}' is no date. Use the form 2024-01-31, or 2024-01-31T18:00 (UTC).");
            }
        }

        var guilds = settings.Guilds.Where(entry => guildId is null || entry.Id == guildId).ToList();
        if (guilds.Count == 0)
        {
            errors.Add($"--guild: {guildId} is not in the settings. Add it to Guilds.");
        }

        if (channelId is not null && guilds.Count > 1)
        {
            errors.Add("--channel needs --guild when the settings have several guilds.");
        }

        return errors.Count == 0 ? [.. guilds.Select(entry => new BackfillRequest(entry, channelId, from))] : throw new SettingsException(errors);
    }

    private static Snowflake? ReadId(string option, string? text, List<string> errors)
    {
        if (text is null)
        {
            return null;
        }

        if (Snowflake.TryParse(text, out var id))
        {
            return id;
        }

        errors.Add($"{option}: '{text}' is no Discord id. Ids are whole numbers such as 267624335836053506.");

        return null;
    }

    private async Task RunAsync(BackfillRun backfill, BackfillRequest request, CancellationToken cancellationToken)
    {
        var meter = new HistoryMeter();
        var started = _time.GetTimestamp();
        var work = backfill.RunAsync(request, meter, cancellationToken);
        if (Console.IsOutputRedirected)
        {
            await ShowLinesAsync(work, request, meter, started, cancellationToken);
        }
        else
        {
            await ShowProgressAsync(work, request, meter, started, cancellationToken);
        }

        await SumUpAsync(await work, request, meter, started);
    }

    private async Task ShowLinesAsync(Task work, BackfillRequest request, HistoryMeter meter, long started, CancellationToken cancellationToken)
    {
        while (await Task.WhenAny(work, Task.Delay(LineEvery, _time, cancellationToken)) != work)
        {
            await output.WriteLineAsync($"guild {request.Guild.Id}: {Describe(meter, _time.GetElapsedTime(started))}");
        }
    }

    private Task ShowProgressAsync(Task work, BackfillRequest request, HistoryMeter meter, long started, CancellationToken cancellationToken) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask($"guild {request.Guild.Id}");
                do
                {
                    bar.MaxValue = Math.Max(1, meter.Parts);
                    bar.Value = meter.PartsDone;
                    bar.Description = $"guild {request.Guild.Id}: {Describe(meter, _time.GetElapsedTime(started))}";
                }
                while (await Task.WhenAny(work, Task.Delay(DrawEvery, _time, cancellationToken)) != work);
                bar.Value = bar.MaxValue;
            });

    private async Task SumUpAsync(BackfillOutcome outcome, BackfillRequest request, HistoryMeter meter, long started)
    {
        if (outcome.HadNothingToDo)
        {
            await output.WriteLineAsync(outcome.DoneBefore is { } at
                ? $"guild {request.Guild.Id}: nothing to do, this history was fetched on {at:yyyy-MM-dd}."
                : $"guild {request.Guild.Id}: nothing to do, since then everything was collected live.");

            return;
        }

        foreach (var (id, obstacle) in outcome.Unreadable)
        {
            await output.WriteLineAsync($"guild {request.Guild.Id}: channel {id} could not be read: {Explain(obstacle)}.");
        }

        var elapsed = _time.GetElapsedTime(started);
        await output.WriteLineAsync(outcome.Unreadable.Count == 0
            ? $"guild {request.Guild.Id}: complete. {meter.Messages} messages in {meter.Parts} channels, threads and lists, {elapsed:hh\\:mm\\:ss}."
            : $"guild {request.Guild.Id}: {meter.Messages} messages, {elapsed:hh\\:mm\\:ss}. Run it again when the bot may read the rest.");
    }

    private static string Explain(HistoryObstacle obstacle) => obstacle switch
    {
        HistoryObstacle.LacksViewChannel => "the bot lacks View Channel",
        HistoryObstacle.LacksReadMessageHistory => "the bot lacks Read Message History",
        HistoryObstacle.LacksConnect => "the bot lacks Connect",
        _ => "Discord denies the access",
    };

    private static string Describe(HistoryMeter meter, TimeSpan elapsed)
    {
        var rate = elapsed.TotalSeconds < 1 ? 0 : meter.Messages / elapsed.TotalSeconds;
        var left = meter.PartsDone == 0 ? null : (TimeSpan?)(elapsed / meter.PartsDone * (meter.Parts - meter.PartsDone));

        return $"{meter.PartsDone} of {meter.Parts} channels and threads, {meter.Messages} messages, {rate:0}/s, "
            + (left is { } wait ? $"about {wait:hh\\:mm\\:ss} left" : "time left not known yet");
    }
}
