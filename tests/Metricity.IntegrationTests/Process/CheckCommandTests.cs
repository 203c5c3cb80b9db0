using Metricity.DiscordSimulator;

namespace Metricity.IntegrationTests.Process;

public sealed class CheckCommandTests
{
    [Fact]
    public async Task Everything_in_place_ends_with_0_and_changes_nothing()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 1, channels: 4, threads: 2, members: 5);

        var check = await bed.RunAsync("check");

        check.Says(0);
        Assert.All(check.Output.Split('\n')[..^1], line => Assert.StartsWith("ok    ", line, StringComparison.Ordinal));
        Assert.Contains($"ok    guild {bed.Guild.Id}: 4 of 4 listed channels are readable", check.Output, StringComparison.Ordinal);
        Assert.EndsWith("Everything needed is in place.", check.Output, StringComparison.Ordinal);
        Assert.Equal("", check.Errors);
        Assert.Equal(0, bed.Simulator.Gateway.UpgradeRequests);
        Assert.Equal(0, await bed.Database.CountAsync("metricity.guilds"));
    }

    [Fact]
    public async Task Channels_whose_history_cannot_be_read_are_named_and_are_no_failure()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.AddChannel();
        var noHistory = bed.Guild.AddChannel();
        var voice = bed.Guild.AddChannel(type: SimChannelType.Voice);
        bed.Guild.HideHistory(noHistory);
        bed.Guild.SetOverwrites(voice, SimOverwrite.DenyBot(bed.Guild, SimPermissions.Connect));

        var check = await bed.RunAsync("check");

        check.Says(0);
        Assert.Contains(
            $"warn  guild {bed.Guild.Id}: in channel {noHistory.Id} the bot lacks Read Message History: what is written there cannot",
            check.Output,
            StringComparison.Ordinal);
        Assert.Contains($"warn  guild {bed.Guild.Id}: in channel {voice.Id} the bot lacks Connect", check.Output, StringComparison.Ordinal);
        Assert.Contains($"ok    guild {bed.Guild.Id}: 1 of 3 listed channels are readable", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_intent_off_is_a_failure_of_Discord()
    {
        await using var bed = await ProcessBed.CreateAsync(ProcessBed.Options(membersIntent: false));

        var check = await bed.RunAsync("check");

        check.Says(4);
        Assert.Contains("FAIL  intents: Server Members Intent is off. Switch it on in Discord's", check.Output, StringComparison.Ordinal);
        Assert.EndsWith("Mend what FAIL names, then check again.", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_intent_on_and_a_staff_role_that_is_not_there_are_warnings()
    {
        await using var bed = await ProcessBed.CreateAsync(ProcessBed.Options(contentToggle: true));
        bed.Environment["Guilds__0__StaffRoleId"] = "42";

        var check = await bed.RunAsync("check");

        check.Says(0);
        Assert.Contains("warn  intents: Message Content Intent is on and not needed.", check.Output, StringComparison.Ordinal);
        Assert.Contains($"warn  guild {bed.Guild.Id}: it has no role 42 (StaffRoleId)", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_token_is_a_failure_after_one_request()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Discord__Token"] = MetricityProcess.Token + "x";

        var check = await bed.RunAsync("check");

        check.Says(4);
        Assert.Contains("FAIL  token: Discord refuses the bot token", check.Output, StringComparison.Ordinal);
        Assert.Contains("ok    database: reachable", check.Output, StringComparison.Ordinal);
        Assert.Equal(1, bed.Simulator.Rest.InvalidRequestCount);
    }

    [Fact]
    public async Task Guild_that_the_bot_is_not_in_is_a_failure_and_the_others_are_still_checked()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Guilds__0__Id"] = "123456789012345678";
        bed.Environment["Guilds__1__Id"] = $"{bed.Guild.Id}";
        bed.Environment["Guilds__1__Schema"] = "second";

        var check = await bed.RunAsync("check");

        check.Says(3);
        Assert.Contains("FAIL  database: Schema \"second\" lacks", check.Output, StringComparison.Ordinal);
        Assert.Contains("FAIL  guild 123456789012345678: ", check.Output, StringComparison.Ordinal);
        Assert.Contains($"ok    guild {bed.Guild.Id}: visible, about 2 members", check.Output, StringComparison.Ordinal);

        (await bed.RunAsync("--migrate")).Says(0);
        (await bed.RunAsync("check")).Says(4);
    }

    [Fact]
    public async Task Database_and_Discord_away_are_both_named()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["ConnectionStrings__Metricity"] = "Host=127.0.0.1;Port=1;Database=x;Password=" + MetricityProcess.Password;
        bed.Simulator.Rest.Fail("users/@me", 500, times: 5);

        var check = await bed.RunAsync("check");

        check.Says(3);
        Assert.Contains("FAIL  database: PostgreSQL cannot be reached on 127.0.0.1:1", check.Output, StringComparison.Ordinal);
        Assert.Contains("FAIL  token: Discord could not be asked: GET /users/@me failed 2 times", check.Output, StringComparison.Ordinal);
    }
}
