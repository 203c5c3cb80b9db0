using System.Text;
using Metricity.Events;
using Metricity.Hosting;
using Metricity.Report;
using Spectre.Console;

namespace Metricity.Cli;

/// <summary><c>metricity report</c>: the answers to the admins' questions, in the terminal, as a page or for machines. Changes nothing.</summary>
internal static class ReportCommand
{
    /// <summary>In place of a file: standard output.</summary>
    private const string StandardOutput = "-";

    /// <summary>Columns where no terminal tells its own, so that a report in a file is not folded at 80.</summary>
    private const int FileWidth = 120;

    /// <summary>The options as they were given; null = left out.</summary>
    /// <param name="Html">A file's path, or "-".</param>
    public sealed record Choices(string? Guild, string? Days, string? Zone, IReadOnlyList<string> Channels, string? Html, bool IsJson);

    public static async Task<int> RunAsync(CommandContext context, Choices choices, CancellationToken cancellationToken)
    {
        var settings = context.ReadSettings(SettingsNeeds.Database);
        var request = ReadRequest(settings, choices);
        await using var reader = new InsightsReader(settings.ConnectionString!.Reveal());
        var report = await CommandContext.AskAsync(settings, () => reader.ReadAsync(request, cancellationToken));
        if (choices.Html is { } file)
        {
            await WritePageAsync(context.Out, file, HtmlReport.Render(report), quietly: choices.IsJson);
        }

        if (choices.IsJson)
        {
            await context.Out.WriteLineAsync(JsonReport.Render(report));
        }
        else if (choices.Html is null)
        {
            new TextReport(Terminal(context.Out), report).Write();
            await TellOfOthersAsync(context.Out, settings, request);
        }

        return ExitCode.Done;
    }

    private static ReportRequest ReadRequest(Settings settings, Choices choices)
    {
        var errors = new List<string>();
        var guild = settings.Guilds[0];
        if (choices.Guild is { } text)
        {
            if (!Snowflake.TryParse(text, out var id))
            {
                errors.Add($"--guild: '{Words.Short(text)}' is no Discord id. Ids are whole numbers such as 267624335836053506.");
            }
            else if (settings.Guilds.FirstOrDefault(entry => entry.Id == id) is not { } found)
            {
                errors.Add($"--guild: {id} is not in the settings. Add it to Guilds.");
            }
            else
            {
                guild = found;
            }
        }

        var days = ReportPage.ReadDays(choices.Days);
        if (days is null)
        {
            errors.Add($"--days: '{Words.Short(choices.Days!)}' is not a whole number from {ReportRequest.MinDays} to "
                + $"{ReportRequest.MaxDays}. Default: {ReportRequest.DefaultDays}.");
        }

        if (choices.IsJson && choices.Html is StandardOutput)
        {
            errors.Add("--json and --html - both write to standard output. Give --html a file, or leave one of them out.");
        }

        return errors.Count == 0
            ? new ReportRequest(
                guild.Id.IsNone ? "" : guild.Id.ToString(),
                guild.Schema,
                days!.Value,
                choices.Zone ?? ReportRequest.DefaultZone,
                choices.Channels)
            : throw new SettingsException(errors);
    }

    private static async Task WritePageAsync(TextWriter output, string file, string page, bool quietly)
    {
        if (file is StandardOutput)
        {
            await output.WriteLineAsync(page);

            return;
        }

        try
        {
            await File.WriteAllTextAsync(file, page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SettingsException(
                [$"--html: the file '{file}' cannot be written. Check that its folder exists and that this user may write there."]);
        }

        if (!quietly)
        {
            await output.WriteLineAsync($"The report is in {file}; open it with a browser.");
        }
    }

    private static IAnsiConsole Terminal(TextWriter output)
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        }

        // A file keeps no colours, and a pipe's reader wants none.
        var file = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        file.Profile.Width = FileWidth;

        return file;
    }

    private static Task TellOfOthersAsync(TextWriter output, Settings settings, ReportRequest request)
    {
        var others = settings.Guilds.Where(guild => guild.Schema != request.Schema && !guild.Id.IsNone)
            .Select(guild => guild.Id.ToString()).ToList();

        return others.Count == 0
            ? Task.CompletedTask
            : output.WriteLineAsync($"{Environment.NewLine}Other guilds of the settings: {string.Join(", ", others)} (--guild).");
    }
}
