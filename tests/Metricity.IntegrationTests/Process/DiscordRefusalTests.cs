namespace Metricity.IntegrationTests.Process;

public sealed class DiscordRefusalTests
{
    [Fact]
    public async Task Wrong_token_ends_the_run_with_4_after_one_request()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Discord__Token"] = MetricityProcess.Token + "x";

        var run = await bed.RunAsync("run");

        run.Says(4, "Discord refuses the bot token (Discord:Token)", "Get a new one at");
        Assert.Single(run.Errors.Split('\n'));
        Assert.Equal(1, bed.Simulator.Rest.InvalidRequestCount);
        Assert.Equal(0, bed.Simulator.Gateway.UpgradeRequests);
    }

    [Fact]
    public async Task Token_that_was_reset_while_the_program_ran_ends_it_with_4()
    {
        await using var bed = await ProcessBed.CreateAsync();
        var process = await bed.StartSyncedAsync();

        bed.Simulator.Gateway.ResetToken("another");
        await bed.Simulator.Gateway.CloseAllAsync(4004);

        Assert.Equal(4, await process.WaitForExitAsync());
        Assert.Contains("Discord does not accept the bot token (4004)", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Intents_that_are_not_enabled_end_the_run_with_4_and_the_way_to_the_switch()
    {
        await using var bed = await ProcessBed.CreateAsync(ProcessBed.Options(membersIntent: false));

        var run = await bed.RunAsync("run");

        run.Says(4, "Discord refuses the Server Members intent (4014)", "Developer Portal");
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Guild_that_the_bot_is_not_in_ends_the_run_with_4_and_names_the_key()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Guilds__0__Id"] = "123456789012345678";

        var run = await bed.RunAsync("run");

        run.Says(4, "The bot is not in guild 123456789012345678 (Guilds:0:Id): correct the id, or invite the bot to the guild.");
        Assert.Equal(0, await bed.PositionAsync());
    }

    [Fact]
    public async Task Id_corrected_after_a_refusal_collects_the_right_guild()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Guilds__0__Id"] = "123456789012345678";
        await bed.RunAsync("run");
        bed.Environment["Guilds__0__Id"] = $"{bed.Guild.Id}";

        await bed.StartSyncedAsync();

        await bed.AssertTruthAsync();
    }

    [Fact]
    public async Task One_guild_of_two_that_the_bot_is_not_in_is_an_error_in_the_log_and_the_other_is_collected()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Guilds__1__Id"] = "123456789012345678";
        bed.Environment["Guilds__1__Schema"] = "second";
        (await bed.RunAsync("--migrate")).Says(0);

        var process = await bed.StartSyncedAsync();

        Assert.Contains("ERR The bot is not in guild 123456789012345678 (Guilds:1:Id)", process.Output, StringComparison.Ordinal);
        await bed.AssertTruthAsync();
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Discord_that_does_not_answer_is_tried_again_until_it_does()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Simulator.Rest.Fail("gateway/bot", 503);
        bed.Simulator.Gateway.RefuseUpgrade();

        var process = await bed.StartSyncedAsync();

        Assert.Contains("WRN GET /gateway/bot failed because Discord answered with 503", process.Output, StringComparison.Ordinal);
        Assert.Contains("WRN The gateway connection ended", process.Output, StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
    }
}
