namespace Metricity.IntegrationTests.Collect;

public sealed class MemberTests
{
    [Fact]
    public async Task Member_who_joins_is_stored_with_an_event()
    {
        await using var run = await CollectorHarness.StartAsync();

        var bob = run.Guild.AddMember("bob", roles: [run.StaffRole], pending: true, publicFlags: 64, avatar: "a_0123");
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.UserAsync(bob);
        Assert.True(row is { Name: "bob", AvatarHash: "a_0123", GuildAvatarHash: null });
        Assert.True(row is { IsStaff: true, Bot: false, InGuild: true, Pending: true, LeftAt: null });
        Assert.InRange((row.JoinedAt - bob.JoinedAt!.Value.UtcDateTime).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.Equal(bob.User.CreatedAt.UtcDateTime, row.CreatedAt);
        Assert.Contains("\"hypesquad_bravery\": true", row.PublicFlags, StringComparison.Ordinal);
        Assert.Equal([new StoredMemberEvent($"{bob.Id}", "join", row.JoinedAt, false)], await run.Tables.MemberEventsAsync(bob));
    }

    [Fact]
    public async Task Member_who_changes_name_avatars_pending_and_roles_is_up_to_date()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob", pending: true, avatar: "old");
        await run.WaitUntilCommittedAsync();

        run.Guild.UpdateUser(bob, username: "robert", avatar: "new");
        run.Guild.UpdateMember(bob, avatar: "here", roles: [run.StaffRole], pending: false);
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.UserAsync(bob)
            is { Name: "robert", AvatarHash: "new", GuildAvatarHash: "here", IsStaff: true, Pending: false });

        run.Guild.UpdateUser(bob, avatar: "");
        run.Guild.UpdateMember(bob, avatar: "", roles: []);
        await run.WaitUntilCommittedAsync();
        Assert.True(await run.Tables.UserAsync(bob) is { AvatarHash: null, GuildAvatarHash: null, IsStaff: false });
        Assert.Single(await run.Tables.MemberEventsAsync(bob));
    }

    [Fact]
    public async Task Nickname_and_display_name_are_not_stored()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.UpdateMember(run.Ann, nick: "Annie");
        run.Guild.UpdateUser(run.Ann, globalName: "Ann the Great");
        await run.WaitUntilCommittedAsync();

        Assert.Equal("ann", (await run.Tables.UserAsync(run.Ann)).Name);
    }

    [Fact]
    public async Task Change_of_public_flags_alone_is_stored()
    {
        await using var run = await CollectorHarness.StartAsync();
        Assert.Contains("\"active_developer\": false", (await run.Tables.UserAsync(run.Ann)).PublicFlags, StringComparison.Ordinal);

        run.Guild.UpdateUser(run.Ann, publicFlags: 1 << 22);
        await run.WaitUntilCommittedAsync();

        Assert.Contains("\"active_developer\": true", (await run.Tables.UserAsync(run.Ann)).PublicFlags, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Member_who_leaves_stays_as_a_row_with_an_event()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Guild.RemoveMember(run.Ann);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.UserAsync(run.Ann);
        Assert.Equal(("ann", false), (row.Name, row.InGuild));
        Assert.NotNull(row.LeftAt);
        var leave = (await run.Tables.MemberEventsAsync(run.Ann))[^1];
        Assert.Equal(("leave", false, row.LeftAt), (leave.Kind, leave.Inferred, leave.At));
    }

    [Fact]
    public async Task Member_who_rejoins_keeps_their_history()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob");
        await run.WaitUntilCommittedAsync();

        run.Guild.RemoveMember(bob);
        await run.WaitUntilCommittedAsync();
        run.Time.Skip(TimeSpan.FromSeconds(5));
        run.Guild.RejoinMember(bob);
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.UserAsync(bob) is { InGuild: true, LeftAt: null });
        var events = await run.Tables.MemberEventsAsync(bob);
        Assert.Equal([("join", false), ("leave", false), ("rejoin", false)], events.Select(row => (row.Kind, row.Inferred)));
        Assert.Equal(events.Select(row => row.At).Order(), events.Select(row => row.At));
    }

    [Fact]
    public async Task Member_who_leaves_and_rejoins_within_one_batch_keeps_their_history()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob");
        await run.WaitUntilCommittedAsync();
        run.Discord.Gateway.PauseDelivery();
        run.Guild.RemoveMember(bob);
        run.Guild.RejoinMember(bob);

        run.Discord.Gateway.ResumeDelivery();
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.UserAsync(bob) is { InGuild: true, LeftAt: null });
        Assert.Equal(["join", "leave", "rejoin"], (await run.Tables.MemberEventsAsync(bob)).Select(row => row.Kind));
    }

    [Fact]
    public async Task Bot_that_joins_is_written_as_a_bot()
    {
        await using var run = await CollectorHarness.StartAsync();

        var robot = run.Guild.AddMember("robot", bot: true);
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.UserAsync(robot)).Bot);
    }

    [Fact]
    public async Task Join_that_is_told_twice_is_one_join()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob");
        await run.WaitUntilCommittedAsync();

        run.Guild.RepeatMemberAdd(bob);
        await run.WaitUntilCommittedAsync();

        Assert.Single(await run.Tables.MemberEventsAsync(bob));
    }

    [Fact]
    public async Task Leave_of_somebody_never_seen_is_stored()
    {
        await using var run = await CollectorHarness.StartAsync();

        run.Discord.Gateway.SendDispatch(
            "GUILD_MEMBER_REMOVE", $$$"""{"guild_id":"{{{run.Guild.Id}}}","user":{"id":"4711000000000000","username":"ghost"}}""");
        await run.WaitUntilCommittedAsync();

        Assert.True(await run.Tables.UserAsync(4711_000_000_000_000) is { Name: "ghost", InGuild: false, LeftAt: not null });
    }

    [Fact]
    public async Task Staff_role_that_is_deleted_leaves_nobody_staff()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob", roles: [run.StaffRole]);
        await run.WaitUntilCommittedAsync();
        Assert.True((await run.Tables.UserAsync(bob)).IsStaff);

        run.Guild.DeleteRole(run.StaffRole);
        await run.WaitUntilCommittedAsync();

        Assert.False((await run.Tables.UserAsync(bob)).IsStaff);
    }

    [Fact]
    public async Task Update_that_does_not_tell_pending_or_the_time_of_joining_keeps_what_is_stored()
    {
        await using var run = await CollectorHarness.StartAsync();
        var bob = run.Guild.AddMember("bob", pending: true);
        await run.WaitUntilCommittedAsync();
        var before = await run.Tables.UserAsync(bob);

        run.Discord.Gateway.SendDispatch(
            "GUILD_MEMBER_UPDATE",
            $$"""{"guild_id":"{{run.Guild.Id}}","user":{"id":"{{bob.Id}}","username":"bobby"},"roles":[],"joined_at":null}""");
        await run.WaitUntilCommittedAsync();

        Assert.Equal(before with { Name = "bobby" }, await run.Tables.UserAsync(bob));
    }
}
