namespace Metricity.Events;

/// <summary>
/// What the readers share while they go through payloads: which roles are staff roles (role ids are unique over all guilds, so the guild
/// need not be known), what can be given out again, and the count of list elements left out. May be used by several threads.
/// </summary>
internal sealed class ReaderContext(IReadOnlySet<Snowflake> staffRoleIds)
{
    private long _skippedElements;

    public Utf8StringPool Strings { get; } = new();

    public RecentAuthors Authors { get; } = new();

    /// <summary>
    /// List elements (members, channels, threads, messages, ids) that could not be read and were left out, since the start.
    /// </summary>
    public long SkippedElements => Interlocked.Read(ref _skippedElements);

    public bool IsStaffRole(Snowflake roleId) => staffRoleIds.Contains(roleId);

    public void CountSkippedElements(int count) => Interlocked.Add(ref _skippedElements, count);
}
