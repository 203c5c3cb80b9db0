using Metricity.Collect;
using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

public sealed class ChannelStoreTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stand_in_for_a_stored_channel_changes_nothing_of_it(bool isDeleted)
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes =>
        {
            changes.Add(new CategoryRow(Some.Category, "Help", false));
            changes.Add(new ChannelRow(Some.Channel, "general", Some.Category, IsStaff: true, isDeleted, ChannelType.Text));
        });

        await bed.CommitAsync(changes =>
            changes.Add(new ChannelRow(Some.Channel, null, null, IsStaff: false, IsDeleted: false, null)));

        Assert.Equal(
            $"(general,{Some.Category},t,{(isDeleted ? 't' : 'f')},text)",
            await bed.RowAsync("name, category_id, is_staff, deleted, type", "channels", Some.Channel));
    }

    [Fact]
    public async Task Category_new_is_inserted()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(new CategoryRow(Some.Category, "Help", false)));

        Assert.Equal("(Help,f)", await bed.RowAsync("name, deleted", "categories", Some.Category));
    }

    [Fact]
    public async Task Category_without_a_name_keeps_the_stored_one()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(new CategoryRow(Some.Category, "Help", false)));

        await bed.CommitAsync(changes => changes.Add(new CategoryRow(Some.Category, null, true)));

        Assert.Equal("(Help,t)", await bed.RowAsync("name, deleted", "categories", Some.Category));
    }

    [Fact]
    public async Task Category_new_without_a_name_gets_a_stand_in_name()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(new CategoryRow(Some.Category, null, false)));

        Assert.Equal($"(unknown-{Some.Category},f)", await bed.RowAsync("name, deleted", "categories", Some.Category));
    }

    [Fact]
    public async Task Channel_new_is_inserted_with_its_type_and_category()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes =>
        {
            changes.Add(new CategoryRow(Some.Category, "Help", false));
            changes.Add(new ChannelRow(Some.Channel, "general", Some.Category, true, false, ChannelType.Text));
        });

        Assert.Equal(
            $"(general,{Some.Category},t,f,text)",
            await bed.RowAsync("name, category_id, is_staff, deleted, type", "channels", Some.Channel));
    }

    [Fact]
    public async Task Channel_moved_and_renamed_is_updated()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow()));

        await bed.CommitAsync(changes =>
        {
            changes.Add(new CategoryRow(Some.Category, "Staff", false));
            changes.Add(new ChannelRow(Some.Channel, "talk", Some.Category, true, false, ChannelType.Text));
        });

        Assert.Equal($"(talk,{Some.Category},t)", await bed.RowAsync("name, category_id, is_staff", "channels", Some.Channel));
    }

    [Fact]
    public async Task Channel_hidden_keeps_its_stored_name()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow()));

        await bed.CommitAsync(changes => changes.Add(new ChannelRow(Some.Channel, null, null, true, false, ChannelType.Text)));

        Assert.Equal("(general,t,text)", await bed.RowAsync("name, is_staff, type", "channels", Some.Channel));
    }

    [Fact]
    public async Task Channel_that_reappears_is_not_deleted_any_more()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow() with { IsDeleted = true }));

        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow()));

        Assert.Equal("(general,f)", await bed.RowAsync("name, deleted", "channels", Some.Channel));
    }

    [Fact]
    public async Task Channel_in_an_unknown_category_makes_a_stand_in_category()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow() with { CategoryId = Some.Category }));

        Assert.Equal($"(unknown-{Some.Category},f)", await bed.RowAsync("name, deleted", "categories", Some.Category));
    }

    [Fact]
    public async Task Name_with_nul_half_pair_and_too_many_characters_is_cleaned()
    {
        await using var bed = await StoreBed.CreateAsync();

        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow(name: "a\0b\ud800c\U0001F600" + new string('x', 5_000))));

        var name = await bed.Database.ScalarAsync<string>("select name from channels");
        Assert.StartsWith("ab\ufffdc\U0001F600xxx", name);
        Assert.Equal(1_000, name!.Length);
    }

    [Fact]
    public async Task Quotes_and_odd_characters_in_names_are_stored_as_they_are()
    {
        await using var bed = await StoreBed.CreateAsync();
        const string Name = "'; drop table channels; -- \\ \" {a,b} $1 @Ids ༄";

        await bed.CommitAsync(changes => changes.Add(Some.ChannelRow(name: Name)));

        Assert.Equal(Name, await bed.Database.ScalarAsync<string>("select name from channels"));
    }
}
