using Metricity.Collect;
using Metricity.Events;

namespace Metricity.IntegrationTests.Tables;

/// <summary>Rows for tests: valid and ordinary unless told otherwise.</summary>
internal static class Some
{
    public static readonly Snowflake Category = new(1000000000000000001);
    public static readonly Snowflake Channel = new(1000000000000000002);
    public static readonly Snowflake Thread = new(1000000000000000003);
    public static readonly Snowflake User = new(1000000000000000004);
    public static readonly Snowflake Message = new(1100000000000000000);

    public static readonly DateTime JoinedAt = new(2025, 6, 1, 10, 0, 0, DateTimeKind.Utc);

    public static UserFacts Author(Snowflake? id = null, string name = "ann") =>
        new(id ?? User, name, null, false, 0, false, null, null, null, false);

    public static UserFacts Member(Snowflake? id = null, string name = "ann", DateTime? joinedAt = null) =>
        new(id ?? User, name, null, false, 0, true, null, joinedAt ?? JoinedAt, false, false);

    public static ChannelRow ChannelRow(Snowflake? id = null, string? name = "general") =>
        new(id ?? Channel, name, null, false, false, ChannelType.Text);

    public static ThreadFacts ThreadFacts(Snowflake? id = null, Snowflake? parent = null) =>
        new(id ?? Thread, parent ?? Channel, ChannelType.PublicThread, "help", null, null, false, null, 1440, false, []);

    public static MessageRow MessageRow(ulong number = 0, Snowflake? author = null, Snowflake? channel = null, Snowflake? thread = null) =>
        new(new Snowflake(Message.Value + number), channel ?? Channel, thread, author ?? User, 0, null, null);

    public static void Add(this ChangeSet changes, params CategoryRow[] rows) =>
        rows.ToList().ForEach(row => changes.Categories[row.Id] = row);

    public static void Add(this ChangeSet changes, params ChannelRow[] rows) =>
        rows.ToList().ForEach(row => changes.Channels[row.Id] = row);

    public static void Add(this ChangeSet changes, params ThreadFacts[] rows) =>
        rows.ToList().ForEach(row => changes.Threads[row.Id] = row);

    public static void Add(this ChangeSet changes, params MessageRow[] rows) =>
        rows.ToList().ForEach(row => changes.Messages[row.Id] = row);

    public static void AddMembers(this ChangeSet changes, params UserFacts[] rows) =>
        rows.ToList().ForEach(row => changes.Members[row.Id] = row);

    public static void AddAuthors(this ChangeSet changes, params UserFacts[] rows) =>
        rows.ToList().ForEach(row => changes.Authors[row.Id] = row);

    /// <summary>A channel, its author and messages in it.</summary>
    public static void AddTalk(this ChangeSet changes, params MessageRow[] rows)
    {
        changes.Add(ChannelRow());
        changes.AddAuthors(Author());
        changes.Add(rows);
    }
}
