using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>What the statements on <c>users</c> have in common.</summary>
internal static class UserColumns
{
    /// <summary>Rows written by a statement that writes to both tables.</summary>
    public readonly record struct Counts(long Users, long Events);

    /// <summary>The flags' text is 450 characters and nearly always the same, so each text is sent once and joined on the server.</summary>
    public static object Parameters(
        StoreTransaction work, Snowflake guildId, IReadOnlyCollection<UserFacts> rows, HashSet<Snowflake> joined)
    {
        var flags = DistinctFlags(rows);

        return new
        {
            Ids = rows.Column(row => row.Id.ToString()),
            Names = rows.Column(row => row.Name.ToColumn()),
            AvatarHashes = rows.Column(row => row.AvatarHash?.ToColumn()),
            GuildAvatarHashes = rows.Column(row => row.IsMember ? row.GuildAvatarHash?.ToColumn() : null),
            JoinedAt = rows.Column(row => row.IsMember ? row.JoinedAt.ToColumn() : null),
            CreatedAt = rows.Column(row => row.Id.CreatedAt.ToColumn()),
            IsStaff = rows.Column(row => row.IsMember && row.IsStaff),
            Bots = rows.Column(row => row.IsBot),
            InGuild = rows.Column(row => row.IsMember),
            Pending = rows.Column(row => row.IsMember ? row.Pending : null),
            Flags = rows.Column(row => PublicFlags.Named(row.PublicFlags)),
            SeenJoining = rows.Column(row => joined.Contains(row.Id)),
            FlagValues = flags,
            FlagTexts = flags.Column(PublicFlags.ToJson),
            work.Now,
            GuildId = guildId.ToString(),
        };
    }

    public static long[] DistinctFlags(IEnumerable<UserFacts> rows) =>
        rows.Select(row => PublicFlags.Named(row.PublicFlags)).Distinct().ToArray();

    public static void Count(StoreTransaction work, Counts counts)
    {
        work.CountWritten("users", counts.Users);
        work.CountWritten("member_events", counts.Events);
    }

    /// <summary>From the commit on, these users need not be written for the sake of their messages.</summary>
    public static void Remember(StoreTransaction work, StoredRows memory, IEnumerable<UserFacts> rows)
    {
        var ids = rows.Select(row => row.Id).ToArray();
        work.AfterCommit(() => memory.AddUsers(ids));
    }
}
