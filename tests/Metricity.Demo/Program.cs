using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Metricity.Demo;
using Spectre.Console;

const int Usage = 2;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [PastCollector.Verb, var behind])
{
    await PastCollector.RunAsync(behind);

    return 0;
}

var scenario = new Option<string>("--scenario")
{
    Description = "live: a guild lives and is collected. outage: the collector misses two hours of it and heals them; ends by itself",
    HelpName = "NAME",
    DefaultValueFactory = _ => DemoOptions.Live,
};
var duration = new Option<double?>("--for")
{
    Description = "Seconds that the guild lives (1 to 86400). Default: until Ctrl+C; for 10 s before an outage",
    HelpName = "SECONDS",
};
var rate = new Option<double>("--rate")
{
    Description = "Events a second in the simulated guild (0.1 to 2000)",
    HelpName = "EVENTS/S",
    DefaultValueFactory = _ => 40,
};
var seed = new Option<int>("--seed")
{
    Description = "Seed of the guild and its life: the same seed gives the same people",
    HelpName = "N",
    DefaultValueFactory = _ => 1,
};
var http = new Option<string?>("--http")
{
    Description = "Where the collector gives its health answers and metrics, such as http://127.0.0.1:8080. Default: nowhere",
    HelpName = "URL",
};
var set = new Option<string[]>("--set")
{
    Description = "A setting of the collector, for example --set Statsd:Host=127.0.0.1",
    HelpName = "Key=Value",
};
var root = new RootCommand("Metricity on a simulated Discord and a private PostgreSQL, with a comparison at the end.")
{
    scenario,
    duration,
    rate,
    seed,
    http,
    set,
};
root.SetAction(async (result, _) =>
{
    var options = new DemoOptions(
        result.GetValue(scenario)!,
        result.GetValue(duration),
        result.GetValue(rate),
        result.GetValue(seed),
        result.GetValue(http),
        result.GetValue(set) ?? []);
    if (options.Error is { } error)
    {
        await Console.Error.WriteLineAsync(error);

        return Usage;
    }

    // The first signal ends the guild's life and leads to the comparison; the second one ends everything at once.
    using var stop = new CancellationTokenSource();
    using var abort = new CancellationTokenSource();
    PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
    var handlers = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        (stop.IsCancellationRequested ? abort : stop).Cancel();
    })).ToArray();
    try
    {
        var canRedraw = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
        IDemoView view = canRedraw ? new LiveView() : new PlainView();

        return await new DemoRun(options, view).RunAsync(stop.Token, abort.Token);
    }
    finally
    {
        Array.ForEach(handlers, handler => handler.Dispose());
    }
});

var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

return parsed.Errors.Count > 0 ? Usage : code;
