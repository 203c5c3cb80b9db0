using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>
/// The columns of message rows as lists that <c>unnest</c> takes. Messages are the one hot path: the lists keep their capacity, and the
/// text of ids that come again and again (channels, threads, authors) is kept. Not thread safe; names are the statement's parameters.
/// </summary>
internal sealed class MessageColumns
{
    /// <summary>A bound on memory (about 10 MB), not on ids: beyond it the cache starts anew.</summary>
    private const int MaxCachedTexts = 100_000;

    private readonly Dictionary<Snowflake, string> _texts = [];

    public List<string> Ids { get; } = [];

    public List<string> ChannelIds { get; } = [];

    public List<string?> ThreadIds { get; } = [];

    public List<string> AuthorIds { get; } = [];

    public List<DateTime> CreatedAt { get; } = [];

    public List<int> Types { get; } = [];

    public List<DateTime?> EditedAt { get; } = [];

    public List<DateTime?> DeletedAt { get; } = [];

    /// <param name="tombstones">Deletes that came before their message.</param>
    public void Fill(IEnumerable<MessageRow> rows, Dictionary<Snowflake, DateTime> tombstones)
    {
        Clear();
        foreach (var row in rows)
        {
            Ids.Add(row.Id.ToString());
            ChannelIds.Add(TextOf(row.ChannelId));
            ThreadIds.Add(row.ThreadId is { } threadId ? TextOf(threadId) : null);
            AuthorIds.Add(TextOf(row.AuthorId));
            CreatedAt.Add(row.Id.CreatedAt.ToColumn());
            Types.Add(row.Type);
            EditedAt.Add(row.EditedAt.ToColumn());
            DeletedAt.Add(row.DeletedAt.ToColumn() ?? (tombstones.TryGetValue(row.Id, out var deletedAt) ? deletedAt : null));
        }
    }

    private string TextOf(Snowflake id)
    {
        if (_texts.TryGetValue(id, out var text))
        {
            return text;
        }

        if (_texts.Count >= MaxCachedTexts)
        {
            _texts.Clear();
        }

        text = id.ToString();
        _texts.Add(id, text);

        return text;
    }

    private void Clear()
    {
        Ids.Clear();
        ChannelIds.Clear();
        ThreadIds.Clear();
        AuthorIds.Clear();
        CreatedAt.Clear();
        Types.Clear();
        EditedAt.Clear();
        DeletedAt.Clear();
    }
}
