namespace Metricity.Tests.Collect;

public sealed class DeleteAndEditRulesTests
{
    private static readonly DateTime Later = Some.At.AddMinutes(5);

    [Fact]
    public void Delete_of_a_message_of_an_earlier_batch_is_a_delete_alone()
    {
        var changes = new Builder().Apply(Some.Delete(1000));

        Assert.Empty(changes.Messages);
        Assert.Equal(Some.At, changes.Deletes[Some.Id(1000)]);
    }

    [Fact]
    public void Bulk_delete_names_every_message()
    {
        var changes = new Builder().Apply(Some.Delete(1000, 1001, 1002));

        Assert.Equal([Some.Id(1000), Some.Id(1001), Some.Id(1002)], changes.Deletes.Keys);
    }

    [Fact]
    public void Delete_in_the_batch_of_its_message_keeps_the_row_and_marks_it()
    {
        var changes = new Builder().Apply(Some.Message(1000, 100), Some.Delete(1000));

        Assert.Equal(Some.At, changes.Messages[Some.Id(1000)].DeletedAt);
    }

    [Fact]
    public void Delete_that_overtakes_its_message_in_the_same_batch_marks_it()
    {
        var changes = new Builder().Apply(Some.Delete(1000), Some.Message(1000, 100));

        Assert.Equal(Some.At, changes.Messages[Some.Id(1000)].DeletedAt);
        Assert.Contains(Some.Id(1000), changes.Deletes.Keys);
    }

    [Fact]
    public void Edit_in_the_batch_of_its_message_is_part_of_the_row()
    {
        var changes = new Builder().Apply(Some.Message(1000, 100), Some.Edit(1000, Later));

        Assert.Equal(Later, changes.Messages[Some.Id(1000)].EditedAt);
        Assert.Empty(changes.Edits);
    }

    [Fact]
    public void Edit_that_overtakes_its_message_is_part_of_the_row()
    {
        var changes = new Builder().Apply(Some.Edit(1000, Later), Some.Message(1000, 100));

        Assert.Equal(Later, changes.Messages[Some.Id(1000)].EditedAt);
        Assert.Empty(changes.Edits);
    }

    [Fact]
    public void Edit_of_a_message_of_an_earlier_batch_is_an_edit_alone()
    {
        var changes = new Builder().Apply(Some.Edit(1000, Later));

        Assert.Equal(Later, changes.Edits[Some.Id(1000)]);
    }

    [Fact]
    public void Update_without_an_edit_changes_nothing()
    {
        Assert.True((new Builder().Apply(Some.Edit(1000, null))).IsEmpty);
    }

    [Fact]
    public void Older_edit_does_not_replace_a_newer_one()
    {
        var builder = new Builder();

        var changes = builder.Apply(
            Some.Message(1000, 100), Some.Edit(1000, Later), Some.Edit(1000, Some.At), Some.Edit(1001, Later), Some.Edit(1001, Some.At));

        Assert.Equal(Later, changes.Messages[Some.Id(1000)].EditedAt);
        Assert.Equal(Later, changes.Edits[Some.Id(1001)]);
    }

    [Fact]
    public void Message_that_is_delivered_twice_keeps_its_edit_and_its_delete()
    {
        var changes = new Builder().Apply(
            Some.Message(1000, 100), Some.Edit(1000, Later), Some.Delete(1000), Some.Message(1000, 100));

        Assert.Equal((Later, Some.At), (changes.Messages[Some.Id(1000)].EditedAt, changes.Messages[Some.Id(1000)].DeletedAt));
    }

    [Fact]
    public void Delete_of_a_message_that_was_skipped_is_noted_like_any_other()
    {
        // The delete does not tell whose message it was.
        var changes = new Builder().Apply(Some.Message(1000, 100, Some.User(5, isBot: true)), Some.Delete(1000));

        Assert.Empty(changes.Messages);
        Assert.Contains(Some.Id(1000), changes.Deletes.Keys);
    }

    [Fact]
    public void First_of_two_deletes_tells_the_time()
    {
        var builder = new Builder();
        builder.Apply(Some.Message(1000, 100), Some.Delete(1000), Some.Delete(1000, 1001));

        Assert.Equal(2, builder.Changes.Deletes.Count);
        Assert.Equal(Some.At, builder.Changes.Messages[Some.Id(1000)].DeletedAt);
    }
}
