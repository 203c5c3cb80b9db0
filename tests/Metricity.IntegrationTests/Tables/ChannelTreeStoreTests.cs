using Metricity.Collect;
using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class ChannelTreeStoreTests
{
    [Fact]
    public async Task Directory_holds_what_is_not_deleted_and_no_stand_ins()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.Add(new CategoryRow(Some.Category, "Help", false), new CategoryRow(new Snowflake(50), "Old", true));
            changes.Add(
                Some.ChannelRow() with { CategoryId = Some.Category },
                Some.ChannelRow(new Snowflake(51)),
                Some.ChannelRow(new Snowflake(52)) with { IsDeleted = true });
            changes.Add(Some.ThreadFacts() with { IsArchived = true });
            changes.AddAuthors(Some.Author());
            changes.Add(Some.MessageRow(channel: new Snowflake(53)));
        });

        var directory = await bed.Stores().Directories.LoadAsync(StoreBed.Guild, CancellationToken.None);

        Assert.Equal([Some.Category], directory.Categories);
        Assert.Equal(
            new Dictionary<Snowflake, Snowflake?> { [Some.Channel] = Some.Category, [new Snowflake(51)] = null }, directory.Channels);
        Assert.Equal(new Dictionary<Snowflake, Snowflake> { [Some.Thread] = Some.Channel }, directory.Threads);
    }
}
