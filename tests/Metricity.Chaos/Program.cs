using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Metricity.Chaos;

const int Good = 0;
const int Bad = 1;
const int Usage = 2;
const int ShownFindings = 30;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var minutes = new Option<double>("--minutes") { Description = "How long faults fall", HelpName = "N", DefaultValueFactory = _ => 1 };
var seed = new Option<int>("--seed") { Description = "Seed of guilds and faults", HelpName = "S", DefaultValueFactory = _ => 1 };
var rate = new Option<double>("--rate") { Description = "Events a second", HelpName = "EVENTS/S", DefaultValueFactory = _ => 60 };
var only = new Option<string>("--only")
{
    Description = "Only faults whose name contains one of these words, or whose lane (process, database, gateway, rest, guild) is one",
    HelpName = "WORD,WORD",
    DefaultValueFactory = _ => "",
};
var count = new Option<int?>("--count") { Description = "End after so many faults, or after --minutes (then 120 by default)", HelpName = "N" };
var pause = new Option<double>("--pause") { Description = "Factor of the pauses between faults", HelpName = "X", DefaultValueFactory = _ => 1 };
var guilds = new Option<int>("--guilds") { Description = "Guilds", HelpName = "N", DefaultValueFactory = _ => 2 };
var lossless = new Option<bool>("--lossless") { Description = "Only faults after which Discord gives all events again" };
var logs = new Option<string>("--logs")
{
    Description = "Directory for the logs of faults and collector",
    HelpName = "DIRECTORY",
    DefaultValueFactory = _ => Path.Combine("artifacts", "chaos"),
};
var root = new RootCommand("Metricity under faults of every kind, against a simulated Discord and a private PostgreSQL; then the comparison.")
{
    minutes, seed, rate, only, count, pause, guilds, lossless, logs,
};
root.SetAction(async (result, _) =>
{
    const double LongestCountedMinutes = 120;
    var options = new ChaosOptions
    {
        Duration = TimeSpan.FromMinutes(
            result.GetValue(count) is not null && result.GetResult(minutes) is not { Implicit: false }
                ? LongestCountedMinutes
                : result.GetValue(minutes)),
        Seed = result.GetValue(seed),
        Rate = result.GetValue(rate),
        Only = result.GetValue(only)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Count = result.GetValue(count),
        Pause = result.GetValue(pause),
        Guilds = result.GetValue(guilds),
        Lossy = !result.GetValue(lossless),
        Directory = Path.Combine(result.GetValue(logs)!, $"seed-{result.GetValue(seed)}"),
    };
    if (options.Error is { } error)
    {
        await Console.Error.WriteLineAsync(error);

        return Usage;
    }

    using var abort = new CancellationTokenSource();
    PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
    var handlers = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        abort.Cancel();
    })).ToArray();
    try
    {
        var found = await new ChaosRun(options, Console.WriteLine).RunAsync(abort.Token);
        foreach (var line in found.Summary)
        {
            Console.WriteLine(line);
        }

        foreach (var finding in found.Wrong.Take(ShownFindings))
        {
            Console.WriteLine("WRONG: " + finding);
        }

        Console.WriteLine(found.IsGood
            ? "Nothing is lost, nothing is double: the tables equal the truth."
            : $"{found.Wrong.Count} findings. Logs: {options.Directory}. The same again: {options.Command}");

        return found.IsGood ? Good : Bad;
    }
    catch (ChaosException e)
    {
        await Console.Error.WriteLineAsync(e.Message);

        return Bad;
    }
    catch (OperationCanceledException) when (abort.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("ended at once, without a comparison");

        return Bad;
    }
    finally
    {
        Array.ForEach(handlers, handler => handler.Dispose());
    }
});

var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

return parsed.Errors.Count > 0 ? Usage : code;
