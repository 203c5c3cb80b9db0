using System.Text.Json;
using Dapper;
using Metricity.Commands;
using Metricity.Database;
using Metricity.DiscordSimulator;
using Metricity.Events;
using Metricity.IntegrationTests.Collect;
using Metricity.IntegrationTests.Process;
using Metricity.Rest;
using Metricity.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.IntegrationTests.Commands;

/// <summary>The simulator takes an answer within 3 s of its clock, once, and says 10062 or 40060 to all others.</summary>
public sealed class StatusCommandTests
{
    private const string Registration = "applications/{id}/guilds/{id}/commands";
    private const string Callback = "interactions/{id}/{id}/callback";
    private const ulong ManageGuild = 1 << 5;

    [Fact]
    public async Task Staff_are_told_how_the_collection_is_doing_and_nobody_else_sees_it()
    {
        await using var run = await StartAsync();
        await run.Discord.Rest.WaitForRequestAsync(Registration);
        var command = Assert.Single(run.Guild.Commands);
        Assert.Equal(("metricity", "status"), (command.Name, Assert.Single(command.Subcommands)));
        Assert.Null(command.DefaultMemberPermissions);
        var staff = run.Guild.AddMember("staff");
        staff.Roles = [run.StaffRole.Id];
        await run.WaitUntilCommittedAsync();

        var use = run.Guild.UseCommand(staff, "metricity", "status");

        var answer = await AnswerAsync(use);
        Assert.Equal(64, answer.GetProperty("flags").GetInt32());
        Assert.Empty(answer.GetProperty("allowed_mentions").GetProperty("parse").EnumerateArray());
        var embed = answer.GetProperty("embeds")[0];
        Assert.Matches(@"^Metricity \d+\.\d+\.\d+$", embed.GetProperty("title").GetString());
        Assert.False(embed.TryGetProperty("description", out _));
        var fields = Fields(embed);
        Assert.Equal(
            ["Last event", "Waiting for the database", "Event to commit", "Collected of the last 24 h", "Open gaps"], fields.Keys);
        Assert.EndsWith(" ago", fields["Last event"], StringComparison.Ordinal);
        Assert.Equal("none", fields["Open gaps"]);
        await run.WaitUntilCommittedAsync();
        Assert.DoesNotContain(run.Log.GetSnapshot(), record => record.Everything().Contains(use.Token, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Discord.Rest.Requests, request => request.Template == Callback && request.Status != 204);
    }

    [Theory]
    [InlineData(SimPermissions.Administrator)]
    [InlineData(ManageGuild)]
    public async Task Who_may_manage_the_server_is_staff_too(ulong permissions)
    {
        await using var run = await StartAsync();

        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", permissions);

        Assert.Equal(5, Fields((await AnswerAsync(use)).GetProperty("embeds")[0]).Count);
    }

    [Fact]
    public async Task Others_are_told_politely_that_it_is_for_staff()
    {
        await using var run = await StartAsync();

        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", permissions: 1 << 10);

        var answer = await AnswerAsync(use);
        Assert.Equal(64, answer.GetProperty("flags").GetInt32());
        var embed = answer.GetProperty("embeds")[0];
        Assert.Contains("It is for staff; please ask", embed.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Empty(Fields(embed));
    }

    [Fact]
    public async Task Database_that_does_not_answer_is_said_in_time_and_from_memory()
    {
        await using var run = await StartAsync();
        await using var connection = await run.Database.DataSource.OpenConnectionAsync();
        await using var blocking = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("lock table metricity.positions in access exclusive mode");

        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild);

        AssertFromMemory(await AnswerAsync(use));
        await blocking.RollbackAsync();
        await run.WaitUntilCommittedAsync();
    }

    [Fact]
    public async Task Database_that_is_down_is_said_at_once_and_no_more_than_four_are_answered_at_a_time()
    {
        await using var discord = await Simulator.StartAsync();
        var guild = discord.World.AddGuild();
        var member = guild.AddMember("ann");
        var down = new TaskCompletionSource<GuildStatus>();
        var log = new FakeLogCollector();
        using var http = RestHttp.CreateClient();
        var command = Command(discord, http, TimeProvider.System, log, down.Task);
        var uses = Enumerable.Range(0, 5).Select(_ => guild.UseCommand(member, "metricity", "status")).ToList();

        uses.ForEach(use => command.See(Asked(guild, use)));
        down.SetException(new StoreUnavailableException("The database is stopping or starting."));

        var answer = await AnswerAsync(uses[0]);
        AssertFromMemory(answer);
        Assert.Equal("7 events", Fields(answer.GetProperty("embeds")[0])["Waiting for the database"]);
        await discord.Rest.WaitForRequestAsync(Callback, count: 4);
        Assert.Null(uses[4].Answer);
        Assert.Equal(4, uses.Count(use => use.Answer is not null));
    }

    [Fact]
    public async Task Answer_that_comes_too_late_is_swallowed()
    {
        var time = new JumpingTime();
        await using var discord = await Simulator.StartAsync(new SimulatorOptions { TimeProvider = time });
        var guild = discord.World.AddGuild();
        var use = guild.UseCommand(guild.AddMember("ann"), "metricity", "status");
        var log = new FakeLogCollector();
        using var http = RestHttp.CreateClient();
        var command = Command(discord, http, time, log, new TaskCompletionSource<GuildStatus>().Task);

        command.See(Asked(guild, use));
        time.Skip(TimeSpan.FromSeconds(4));

        await log.WaitForAsync(record => record.Message.Contains("code 10062", StringComparison.Ordinal), CollectorHarness.Limit);
        Assert.Null(use.Answer);
        Assert.DoesNotContain(log.GetSnapshot(), record => record.Level >= LogLevel.Information);
        Assert.DoesNotContain(log.GetSnapshot(), record => record.Everything().Contains(use.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commands_of_other_guilds_and_other_names_are_not_answered()
    {
        await using var run = await StartAsync(run => run.Discord.World.AddGuild("other"));
        var other = run.Discord.World.Guilds.Single(guild => guild.Name == "other");

        var elsewhere = other.UseCommand(other.AddMember("ben"), "metricity", "status", ManageGuild);
        var stranger = run.Guild.UseCommand(run.Ann, "metricity", "else", ManageGuild);
        var own = run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild);
        await AnswerAsync(own);
        await run.WaitUntilCommittedAsync();

        Assert.Null(elsewhere.Answer);
        Assert.Null(stranger.Answer);
        Assert.Equal(1, run.Discord.Rest.CountOf(Callback));
    }

    [Fact]
    public async Task Second_answer_is_swallowed()
    {
        await using var run = await StartAsync();

        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild);
        await AnswerAsync(use);
        run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild, again: use);
        await run.Discord.Rest.WaitForRequestAsync(Callback, count: 2);
        await Eventually.TrueAsync(
            () => run.Log.GetSnapshot().Any(record => record.Level == LogLevel.Debug && record.Message.Contains("code 40060", StringComparison.Ordinal)),
            "it is in the debug log");

        Assert.Equal([204, 400], run.Discord.Rest.Requests.Where(request => request.Template == Callback).Select(request => request.Status));
        Assert.DoesNotContain(run.Log.GetSnapshot(), record => record.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Command_that_a_resume_replays_too_late_is_not_answered()
    {
        await using var run = await StartAsync();
        await run.Discord.Rest.WaitForRequestAsync(Registration);
        await run.StopAsync();
        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild);
        run.Time.Skip(TimeSpan.FromSeconds(5));

        run.StartCollector();
        await run.WaitUntilCommittedAsync();

        Assert.Equal(1, run.Discord.Gateway.ResumedCount);
        Assert.Contains(run.Log.GetSnapshot(), record => record.Message.Contains("too late to answer", StringComparison.Ordinal));
        Assert.Null(use.Answer);
        Assert.Equal(0, run.Discord.Rest.CountOf(Callback));
    }

    [Fact]
    public async Task Guild_without_the_scope_is_told_of_once_and_collected_all_the_same()
    {
        await using var run = await StartAsync(run => run.Guild.HasCommandsScope = false);

        await Eventually.TrueAsync(
            () => run.Log.GetSnapshot().Any(record => record.Message.Contains("without the scope applications.commands", StringComparison.Ordinal)), "it is told");
        run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        Assert.Equal(1, run.Discord.Rest.CountOf(Registration));
        Assert.Equal(LogLevel.Warning, Assert.Single(run.Log.GetSnapshot(), record => record.Level >= LogLevel.Warning).Level);
    }

    [Fact]
    public async Task Registration_is_tried_again_after_a_fault_and_made_anew_at_each_start()
    {
        await using var run = await CollectorHarness.CreateAsync();
        run.Commands = true;
        run.Discord.Rest.Fail(Registration, 503);
        run.StartCollector();
        await run.WaitUntilSyncedAsync();

        await run.PassTimeUntilAsync(() => run.Guild.Commands.Count == 1, "it is registered");
        var id = run.Guild.Commands[0].Id;
        await run.StopAsync();
        run.StartCollector();
        await run.Discord.Rest.WaitForRequestAsync(Registration, count: 3);

        Assert.Equal(
            [503, 201, 200], run.Discord.Rest.Requests.Where(request => request.Template == Registration).Select(request => request.Status));
        Assert.Equal(id, Assert.Single(run.Guild.Commands).Id);
    }

    [Fact]
    public async Task Nothing_is_registered_and_nobody_answered_unless_asked()
    {
        await using var run = await CollectorHarness.StartAsync();

        var use = run.Guild.UseCommand(run.Ann, "metricity", "status", ManageGuild);
        await run.WaitUntilCommittedAsync();
        await run.StopAsync();

        Assert.Null(use.Answer);
        Assert.Equal(0, run.Discord.Rest.CountOf(Registration) + run.Discord.Rest.CountOf(Callback));
    }

    [Theory]
    [InlineData(true, "ok    guild {0}: slash commands may be registered")]
    [InlineData(false, "warn  guild {0}: the bot was invited without the scope applications.commands")]
    public async Task Check_tells_whether_the_scope_is_there(bool hasScope, string line)
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Discord__Commands"] = "true";
        bed.Guild.HasCommandsScope = hasScope;

        var run = await bed.RunAsync("check");

        run.Says(0);
        Assert.Contains(line.Replace("{0}", $"{bed.Guild.Id}", StringComparison.Ordinal), run.Output, StringComparison.Ordinal);
        Assert.Empty(bed.Guild.Commands);
    }

    private static Task<CollectorHarness> StartAsync(Action<CollectorHarness>? arrange = null) => CollectorHarness.StartAsync(run =>
    {
        run.Commands = true;
        arrange?.Invoke(run);
    });

    private static async Task<JsonElement> AnswerAsync(SimInteraction use)
    {
        await Eventually.TrueAsync(() => use.Answer is not null, "the command is answered");
        Assert.Equal(4, use.Answer!.Value.GetProperty("type").GetInt32());

        return use.Answer.Value.GetProperty("data");
    }

    /// <summary>Without a collector, so that a test owns the database's part.</summary>
    private static StatusCommand Command(
        Simulator discord, HttpClient http, TimeProvider time, FakeLogCollector log, Task<GuildStatus> status) => new(
        new InteractionRest(http, new RestOptions { Token = new Secret(discord.Token), BaseUrl = discord.ApiBaseUrl }, new RestStatus(), time),
        () => 7,
        (_, _) => status,
        time,
        new FakeLogger<StatusCommand>(log),
        CancellationToken.None);

    private static StatusAsked Asked(SimGuild guild, SimInteraction use) =>
        new(new Snowflake(guild.Id), new Snowflake(use.Id), new Secret(use.Token), IsStaff: true);

    private static void AssertFromMemory(JsonElement answer)
    {
        var embed = answer.GetProperty("embeds")[0];
        Assert.StartsWith("The database does not answer", embed.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Last event", "Waiting for the database"], Fields(embed).Keys);
    }

    private static Dictionary<string, string> Fields(JsonElement embed) => embed.GetProperty("fields").EnumerateArray()
        .ToDictionary(field => field.GetProperty("name").GetString()!, field => field.GetProperty("value").GetString()!);
}
