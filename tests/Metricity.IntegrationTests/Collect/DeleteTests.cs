namespace Metricity.IntegrationTests.Collect;

/// <summary>Deletes set <c>is_deleted</c> and <c>deleted_at</c>, whenever they arrive.</summary>
public sealed class DeleteTests
{
    [Fact]
    public async Task Delete_of_one_message_marks_it_and_leaves_the_row()
    {
        await using var run = await CollectorHarness.StartAsync();
        var gone = run.Guild.PostMessage(run.General, run.Ann);
        var kept = run.Guild.PostMessage(run.General, run.Ann);
        await run.WaitUntilCommittedAsync();

        run.Guild.DeleteMessage(gone);
        await run.WaitUntilCommittedAsync();

        var row = await run.Tables.MessageAsync(gone);
        Assert.True(row!.IsDeleted);
        Assert.InRange(row.DeletedAt!.Value, row.CreatedAt, run.Time.GetUtcNow().UtcDateTime);
        Assert.Equal((false, null), ((await run.Tables.MessageAsync(kept))!.IsDeleted, (await run.Tables.MessageAsync(kept))!.DeletedAt));
    }

    [Fact]
    public async Task Bulk_delete_marks_all_that_it_names_and_tolerates_unknown_ids()
    {
        await using var run = await CollectorHarness.StartAsync();
        var messages = Enumerable.Range(0, 20).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();
        await run.WaitUntilCommittedAsync();

        run.Guild.BulkDelete(messages.Take(15), run.Discord.World.NextId());
        await run.WaitUntilCommittedAsync();

        var rows = await run.Tables.MessagesAsync();
        Assert.Equal(20, rows.Count);
        Assert.Equal(messages.Take(15).Select(message => $"{message.Id}"), rows.Where(row => row.IsDeleted).Select(row => row.Id));
    }

    [Fact]
    public async Task Delete_that_arrives_in_the_batch_of_its_message_marks_it()
    {
        await using var run = await CollectorHarness.StartAsync();
        run.Discord.Gateway.PauseDelivery();
        var messages = Enumerable.Range(0, 50).Select(_ => run.Guild.PostMessage(run.General, run.Ann)).ToList();
        messages.ForEach(run.Guild.DeleteMessage);

        run.Discord.Gateway.ResumeDelivery();
        await run.WaitUntilCommittedAsync();

        var rows = await run.Tables.MessagesAsync();
        Assert.Equal(50, rows.Count);
        Assert.All(rows, row => Assert.True(row is { IsDeleted: true, DeletedAt: not null }));
    }

    [Fact]
    public async Task Delete_that_arrives_before_its_message_marks_it_when_it_comes()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();

        run.Guild.DeleteUnknownMessage(run.General, id);
        await run.WaitUntilCommittedAsync();
        Assert.Empty(await run.Tables.MessagesAsync());
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, run.General, run.Ann, id));
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.MessageAsync(id)) is { IsDeleted: true, DeletedAt: not null });
        Assert.Equal(0, await run.Database.CountAsync("message_tombstones"));
    }

    [Fact]
    public async Task Delete_that_arrives_before_its_message_is_remembered_over_a_restart()
    {
        await using var run = await CollectorHarness.StartAsync();
        var id = run.Discord.World.NextId();
        run.Guild.DeleteUnknownMessage(run.General, id);
        await run.WaitUntilCommittedAsync();

        await run.StopAsync();
        run.StartCollector();
        await run.Discord.Gateway.WaitForResumedAsync(guard: CollectorHarness.Limit);
        run.Discord.Gateway.SendDispatch("MESSAGE_CREATE", Payloads.Message(run.Guild, run.General, run.Ann, id));
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.MessageAsync(id))!.IsDeleted);
    }

    [Fact]
    public async Task Delete_in_a_thread_marks_the_message()
    {
        await using var run = await CollectorHarness.StartAsync();
        var thread = run.Guild.AddThread(run.General, owner: run.Ann);
        var message = run.Guild.PostMessage(thread, run.Ann);

        run.Guild.DeleteMessage(message);
        await run.WaitUntilCommittedAsync();

        Assert.True((await run.Tables.MessageAsync(message))!.IsDeleted);
    }
}
