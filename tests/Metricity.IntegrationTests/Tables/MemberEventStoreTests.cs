using Metricity.Collect;
using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class MemberEventStoreTests
{
    private static readonly DateTime Later = Some.JoinedAt.AddDays(30);

    [Fact]
    public async Task Join_seen_is_one_event_that_is_not_inferred()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(Join(Some.JoinedAt));

        Assert.Equal(["join 2025-06-01 10:00:00 seen"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Join_seen_of_one_who_wrote_in_the_same_batch_is_not_inferred()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            Join(Some.JoinedAt)(changes);
            changes.AddAuthors(Some.Member());
        });

        Assert.Equal(["join 2025-06-01 10:00:00 seen"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Join_after_a_leave_is_a_rejoin()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));
        await bed.CommitAsync(Leave(Some.JoinedAt.AddDays(1)));

        await bed.CommitAsync(Join(Later));

        Assert.Equal(
            ["join 2025-06-01 10:00:00 seen", "leave 2025-06-02 10:00:00 seen", "rejoin 2025-07-01 10:00:00 seen"],
            await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Join_leave_and_rejoin_in_one_batch_are_three_events()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            changes.AddMembers(Some.Member(joinedAt: Later));
            changes.MemberEvents.Add(new MemberEventRow(Some.User, true, Some.JoinedAt));
            changes.MemberEvents.Add(new MemberEventRow(Some.User, false, Some.JoinedAt.AddDays(1)));
            changes.MemberEvents.Add(new MemberEventRow(Some.User, true, Later));
        });

        Assert.Equal(
            ["join 2025-06-01 10:00:00 seen", "leave 2025-06-02 10:00:00 seen", "rejoin 2025-07-01 10:00:00 seen"],
            await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Batch_repeated_adds_no_event()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));
        await bed.CommitAsync(Leave(Some.JoinedAt.AddDays(1)));

        await bed.CommitAsync(Join(Some.JoinedAt));
        await bed.CommitAsync(Leave(Some.JoinedAt.AddDays(1)));

        Assert.Equal(["join 2025-06-01 10:00:00 seen", "leave 2025-06-02 10:00:00 seen"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Leave_and_rejoin_that_are_delivered_again_change_nothing()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));
        await bed.CommitAsync(Leave(Some.JoinedAt.AddDays(1)));
        await bed.CommitAsync(Join(Later));

        await bed.CommitAsync(Leave(Later.AddDays(1)));
        await bed.CommitAsync(Join(Later));

        Assert.Equal(
            ["join 2025-06-01 10:00:00 seen", "leave 2025-06-02 10:00:00 seen", "rejoin 2025-07-01 10:00:00 seen"],
            await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Leave_of_one_who_is_known_to_have_left_adds_no_event()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));
        await bed.CommitAsync(changes => changes.SeenUserIds = []);

        await bed.CommitAsync(Leave(StoreBed.Start.AddMinutes(1)));

        Assert.Equal(["join 2025-06-01 10:00:00 inferred", "leave 2026-03-01 12:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Leave_by_a_clock_that_is_behind_the_join_is_kept()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));

        await bed.CommitAsync(Leave(Some.JoinedAt.AddSeconds(-3)));

        Assert.Equal(["leave 2025-06-01 09:59:57 seen", "join 2025-06-01 10:00:00 seen"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Member_found_new_makes_an_inferred_join()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        Assert.Equal(["join 2025-06-01 10:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Member_found_new_without_a_join_time_makes_a_join_at_the_time_it_was_found()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { JoinedAt = null }));

        Assert.Equal(["join 2026-03-01 12:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Join_time_that_is_a_guess_is_bounded_by_the_gap_and_the_finding_and_one_that_discord_tells_is_not()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.AddGapAsync(StoreBed.Start.AddHours(-2), StoreBed.Start);
        var known = new Snowflake(Some.User.Value + 1);

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member() with { JoinedAt = null }, Some.Member(known)));

        Assert.Equal("(\"2026-03-01 10:00:00\",\"2026-03-01 12:00:00\")", await BoundsAsync(bed, Some.User));
        Assert.Equal("(,)", await BoundsAsync(bed, known));
    }

    [Fact]
    public async Task Join_of_an_author_whose_join_time_is_a_guess_was_no_later_than_the_message()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.AddAuthors(Some.Member() with { JoinedAt = null }));

        Assert.Equal("(,\"2026-03-01 12:00:00\")", await BoundsAsync(bed, Some.User));
    }

    [Fact]
    public async Task Author_found_to_be_a_member_makes_an_inferred_join()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddAuthors(Some.Author()));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        Assert.Equal(["join 2025-06-01 10:00:00 inferred"], await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Member_with_a_new_join_time_makes_an_inferred_leave_and_rejoin()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(joinedAt: Later)));

        Assert.Equal(
            ["join 2025-06-01 10:00:00 inferred", "leave 2025-07-01 09:59:59.999999 inferred", "rejoin 2025-07-01 10:00:00 inferred"],
            await bed.EventsAsync(Some.User));
        Assert.Equal(["2025-06-01 10:00:00 to 2025-07-01 09:59:59.999999"], await bed.BoundsOfLeavesAsync(Some.User));
    }

    [Fact]
    public async Task Join_seen_of_one_who_is_known_to_be_there_makes_an_inferred_leave_first()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));

        await bed.CommitAsync(Join(Later));
        await bed.CommitAsync(Join(Later));

        Assert.Equal(
            ["join 2025-06-01 10:00:00 seen", "leave 2025-07-01 09:59:59.999999 inferred", "rejoin 2025-07-01 10:00:00 seen"],
            await bed.EventsAsync(Some.User));
    }

    [Fact]
    public async Task Leave_that_a_rejoin_proves_was_not_before_the_gap_in_which_it_was_missed()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(Join(Some.JoinedAt));
        await bed.AddGapAsync(Later.AddHours(-2), Later.AddHours(1));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(joinedAt: Later)));

        Assert.Equal(["2025-07-01 08:00:00 to 2025-07-01 09:59:59.999999"], await bed.BoundsOfLeavesAsync(Some.User));
    }

    [Fact]
    public async Task Member_whose_name_alone_changes_makes_no_event()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddMembers(Some.Member()));

        await bed.CommitAsync(changes => changes.AddMembers(Some.Member(name: "anna")));

        Assert.Single(await bed.EventsAsync(Some.User));
    }

    private static Task<string?> BoundsAsync(StoreBed bed, Snowflake user) => bed.Database.ScalarAsync<string>(
        "select (earliest, latest)::text from member_events where user_id = $1", user.ToString());

    private static Action<ChangeSet> Join(DateTime at) => changes =>
    {
        changes.AddMembers(Some.Member(joinedAt: at));
        changes.MemberEvents.Add(new MemberEventRow(Some.User, true, at));
    };

    private static Action<ChangeSet> Leave(DateTime at) => changes =>
    {
        changes.Leavers[Some.User] = (Some.Author(), at);
        changes.MemberEvents.Add(new MemberEventRow(Some.User, false, at));
    };
}
