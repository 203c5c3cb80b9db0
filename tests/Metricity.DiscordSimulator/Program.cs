using System.CommandLine;
using System.Globalization;
using Metricity.DiscordSimulator;
using Metricity.DiscordSimulator.Seed;

var port = new Option<int>("--port") { Description = "Loopback port; 0 takes a free one.", DefaultValueFactory = _ => 0 };
var seed = new Option<int>("--seed") { Description = "Seed of the guild's life.", DefaultValueFactory = _ => 1 };
var members = new Option<int>("--members") { Description = "Members at the start.", DefaultValueFactory = _ => 500 };
var channels = new Option<int>("--channels") { Description = "Channels at the start.", DefaultValueFactory = _ => 30 };
var threads = new Option<int>("--threads") { Description = "Threads at the start.", DefaultValueFactory = _ => 20 };
var rate = new Option<double>("--rate") { Description = "Happenings per second.", DefaultValueFactory = _ => 5 };
var token = new Option<string>("--token") { Description = "Bot token that is accepted.", DefaultValueFactory = _ => "sim-token" };
var replayBuffer = new Option<int>("--replay-buffer") { Description = "Dispatches kept for RESUME.", DefaultValueFactory = _ => 100 };
var duration = new Option<double?>("--for") { Description = "Ends after so many seconds." };
var guildId = new Option<ulong?>("--guild") { Description = "Id of the guild, for a collector whose settings are written before the start." };
var history = new Option<int>("--history") { Description = "Messages of the last 90 days, for a backfill.", DefaultValueFactory = _ => 0 };
Option[] options = [port, seed, members, channels, threads, rate, token, replayBuffer, duration, guildId, history];

var run = new Command("run", "Runs the simulator (the default).");
var root = new RootCommand("A simulated Discord on loopback: gateway and REST, with one guild that has a life of its own.")
{
    run, AskCommand.Create(), SeedCommand.Create(),
};
foreach (var command in new[] { root, run })
{
    foreach (var option in options)
    {
        command.Options.Add(option);
    }

    command.SetAction(RunAsync);
}

return await root.Parse(args).InvokeAsync();

async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
{
    await using var simulator = await Simulator.StartAsync(
        new SimulatorOptions
        {
            Port = parsed.GetValue(port),
            Seed = parsed.GetValue(seed),
            Token = parsed.GetValue(token)!,
            ReplayBufferSize = parsed.GetValue(replayBuffer),
            BotPermissions = SimPermissions.View | SimPermissions.History | SimPermissions.Connect | SimPermissions.ManageThreads,
        },
        ct);
    var guild = simulator.World.AddGuild("Simulated guild", parsed.GetValue(guildId));
    guild.AddRole("staff");
    guild.AddRole("helper");
    var channelCount = parsed.GetValue(channels);
    guild.Populate(Math.Clamp(channelCount / 10, 1, 50), channelCount, parsed.GetValue(threads), parsed.GetValue(members));
    if (parsed.GetValue(history) is > 0 and var past)
    {
        guild.PopulateHistory(past / 50, past, TimeSpan.FromDays(90));
    }

    var life = simulator.AddLife(guild);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"api    {simulator.ApiBaseUrl}"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guild  {guild.Id}"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"staff  {guild.Roles[2].Id}"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"token  {simulator.Token}"));

    using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
    if (parsed.GetValue(duration) is { } seconds)
    {
        end.CancelAfter(TimeSpan.FromSeconds(seconds));
    }

    await life.RunAsync(parsed.GetValue(rate), end.Token);
    var counters = guild.Counters;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{counters.MessagesPosted} messages, {counters.MessagesDeleted} deleted, {counters.Joins} joins, {counters.Leaves} leaves"));
    return 0;
}
