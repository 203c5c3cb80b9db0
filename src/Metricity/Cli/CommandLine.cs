using System.CommandLine;

namespace Metricity.Cli;

/// <summary>The verbs and their options.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs. Gives the process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var signals = new StopSignals();
        var verbose = new Option<bool>("--verbose") { Description = "Show stack traces", Recursive = true };
        var set = new Option<string[]>("--set")
        {
            Description = "A setting that overrides file and environment, for example --set Collect:Bots=true",
            HelpName = "Key=Value",
            Recursive = true,
        };
        var migrateOnly = new Option<bool>("--migrate") { Description = "Apply pending migrations to all guild schemas and exit" };
        var migrateFirst = new Option<bool>("--migrate") { Description = "Apply pending migrations first" };

        var root = new RootCommand("Collects a Discord guild's metadata, never its content, into PostgreSQL. Without a verb: run.")
        {
            verbose,
            set,
            migrateOnly,
        };
        Bind(root, (result, host, token) => result.GetValue(migrateOnly)
            ? MigrateCommand.UpAsync(host, null, token)
            : RunCommand.RunAsync(host, migrateFirst: false, signals.Token));

        var run = new Command("run", "Collect until stopped") { migrateFirst };
        Bind(run, (result, host, _) => RunCommand.RunAsync(host, result.GetValue(migrateFirst), signals.Token));
        root.Add(run);
        root.Add(Migrate());

        var check = new Command("check", "Check settings, database, token, intents and permissions; changes nothing");
        Bind(check, (_, host, token) => CheckCommand.RunAsync(host, token));
        root.Add(check);

        root.Add(Backfill());
        root.Add(Report());
        root.Add(Insights());

        var ready = new Option<bool>("--ready") { Description = "Ask whether it collects or stands by, not only whether it lives" };
        var healthcheck = new Command("healthcheck", "Ask the collector at Http:Url how it is; exit code 0 when it is well") { ready };
        Bind(healthcheck, (result, host, token) => HealthcheckCommand.RunAsync(host, result.GetValue(ready), token));
        root.Add(healthcheck);

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(problem.Message);
            }

            await Console.Error.WriteLineAsync("metricity --help lists the verbs and options.");

            return ExitCode.Usage;
        }

        var command = parsed.CommandResult.Command;
        if (command != run && (command != root || parsed.GetValue(migrateOnly)))
        {
            signals.Release();
        }

        // The collector listens to SIGTERM itself and drains; a second listener would cut that short.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });

        void Bind(Command command, Func<ParseResult, CommandContext, CancellationToken, Task<int>> action)
        {
            command.SetAction(async (result, token) =>
            {
                try
                {
                    return await action(result, CommandContext.Create(result.GetValue(set) ?? []), token);
                }
                catch (Exception e)
                {
                    return Failure.Report(e, result.GetValue(verbose), Console.Error);
                }
            });
        }

        Command Backfill()
        {
            var guild = new Option<string?>("--guild") { Description = "Only this guild of the settings", HelpName = "ID" };
            var channel = new Option<string?>("--channel") { Description = "Only this channel and its threads", HelpName = "ID" };
            var since = new Option<string?>("--since") { Description = "From this day on (UTC); without it, from the beginning", HelpName = "DATE" };
            var backfill = new Command("backfill", "Fetch the history from before the bot came; goes on where it was stopped")
            {
                guild,
                channel,
                since,
            };
            Bind(backfill, (result, host, token) =>
                BackfillCommand.RunAsync(host, result.GetValue(guild), result.GetValue(channel), result.GetValue(since), token));

            return backfill;
        }

        Command Report()
        {
            var guild = new Option<string?>("--guild") { Description = "This guild of the settings; without it, the first", HelpName = "ID" };
            var days = new Option<string?>("--days") { Description = "The last N days, today included: 1 to 3650, default 30", HelpName = "N" };
            var zone = new Option<string?>("--zone") { Description = "Time zone of days and hours, default UTC", HelpName = "Europe/Berlin" };
            var channel = new Option<string[]>("--channel")
            {
                Description = "Channels to show one by one; without it, those with the most messages",
                HelpName = "ID|NAME",
                AllowMultipleArgumentsPerToken = true,
            };
            var html = new Option<string?>("--html") { Description = "Write a page for a browser; - for standard output", HelpName = "FILE" };
            var json = new Option<bool>("--json") { Description = "Print JSON for machines" };
            var report = new Command("report", "Answer the admins' questions as tables and charts; changes nothing")
            {
                guild,
                days,
                zone,
                channel,
                html,
                json,
            };
            Bind(report, (result, host, token) => ReportCommand.RunAsync(
                host,
                new ReportCommand.Choices(
                    result.GetValue(guild), result.GetValue(days), result.GetValue(zone), result.GetValue(channel) ?? [],
                    result.GetValue(html), result.GetValue(json)),
                token));

            return report;
        }

        Command Insights()
        {
            var guild = new Option<string?>("--guild") { Description = "Only this guild of the settings", HelpName = "ID" };
            var insights = new Command("insights", "The counts behind the views for admins");
            var rebuild = new Command("rebuild", "Count everything anew from the rows, and tell whether a count was wrong") { guild };
            Bind(rebuild, (result, host, token) => InsightsCommand.RebuildAsync(host, result.GetValue(guild), token));
            insights.Add(rebuild);

            return insights;
        }

        Command Migrate()
        {
            var to = new Option<string?>("--to") { Description = "Stop after this migration (id or name)", HelpName = "ID" };
            var downTo = new Option<string>("--to")
            {
                Description = "Revert everything after this migration; 0 = everything",
                Required = true,
                HelpName = "ID",
            };
            var migrate = new Command("migrate", "Migrations in detail");

            var status = new Command("status", "List applied and pending migrations of each schema");
            Bind(status, (_, host, token) => MigrateCommand.StatusAsync(host, token));
            migrate.Add(status);

            var up = new Command("up", "Apply pending migrations") { to };
            Bind(up, (result, host, token) => MigrateCommand.UpAsync(host, result.GetValue(to), token));
            migrate.Add(up);

            var down = new Command("down", "Revert migrations. This deletes data") { downTo };
            Bind(down, (result, host, token) => MigrateCommand.DownAsync(host, result.GetValue(downTo)!, token));
            migrate.Add(down);

            var script = new Command("script", "Print idempotent SQL for a person or tool to run");
            Bind(script, (_, host, _) => MigrateCommand.ScriptAsync(host));
            migrate.Add(script);

            return migrate;
        }
    }
}
