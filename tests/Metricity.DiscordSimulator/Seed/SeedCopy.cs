using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Metricity.DiscordSimulator.Seed;

/// <summary>The rows of a seed as binary COPY.</summary>
internal sealed class SeedCopy(NpgsqlConnection connection, GuildSeed seed)
{
    private const long ProgressRows = 1_000_000;

    private readonly Dictionary<ulong, string> _texts = [];
    private readonly SeedCoverage[] _gaps = [.. seed.Coverage.Where(stretch => stretch.Kind == "gap")];

    /// <summary>Messages in each healed gap, by channel and thread.</summary>
    private readonly Dictionary<(int Gap, ulong Place, ulong? Parent), int> _fetched = [];

    public async Task SmallTablesAsync(CancellationToken cancellationToken)
    {
        await CopyAsync("categories (id, name, deleted)", seed.Categories, (row, to) =>
        {
            to.Write(Text(row.Id), NpgsqlDbType.Varchar);
            to.Write(row.Name, NpgsqlDbType.Varchar);
            to.Write(row.IsDeleted, NpgsqlDbType.Boolean);
        }, cancellationToken);
        await CopyAsync("channels (id, name, category_id, is_staff, deleted, type)", seed.Channels, (row, to) =>
        {
            to.Write(Text(row.Id), NpgsqlDbType.Varchar);
            to.Write(row.Name, NpgsqlDbType.Varchar);
            WriteId(to, row.CategoryId);
            to.Write(row.IsStaff, NpgsqlDbType.Boolean);
            to.Write(row.IsDeleted, NpgsqlDbType.Boolean);
            to.Write(row.Type, NpgsqlDbType.Varchar);
        }, cancellationToken);
        await CopyAsync("users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending, left_at)", seed.Users, (row, to) =>
        {
            to.Write(Text(row.Id), NpgsqlDbType.Varchar);
            to.Write(row.Name, NpgsqlDbType.Varchar);
            WriteTime(to, row.JoinedAt);
            WriteTime(to, row.CreatedAt);
            to.Write(row.IsStaff, NpgsqlDbType.Boolean);
            to.Write(false, NpgsqlDbType.Boolean);
            to.Write(row.IsInGuild, NpgsqlDbType.Boolean);
            to.Write(false, NpgsqlDbType.Boolean);
            WriteTime(to, row.LeftAt);
        }, cancellationToken);
        await CopyAsync("member_events (user_id, kind, at, inferred, earliest, latest)", seed.MemberEvents, (row, to) =>
        {
            to.Write(Text(row.UserId), NpgsqlDbType.Varchar);
            to.Write(row.Kind, NpgsqlDbType.Varchar);
            WriteTime(to, row.At);
            to.Write(row.IsInferred, NpgsqlDbType.Boolean);
            WriteTime(to, row.Earliest);
            WriteTime(to, row.Latest);
        }, cancellationToken);
        const string ThreadColumns =
            "threads (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, owner_id, archived_at, deleted, "
            + "applied_tags)";
        await CopyAsync(ThreadColumns, seed.Threads, (row, to) =>
        {
            to.Write(Text(row.Id), NpgsqlDbType.Varchar);
            to.Write(Text(row.ParentId), NpgsqlDbType.Varchar);
            WriteTime(to, row.CreatedAt);
            to.Write(row.Name, NpgsqlDbType.Varchar);
            to.Write(row.IsArchived, NpgsqlDbType.Boolean);
            to.Write(row.AutoArchiveMinutes, NpgsqlDbType.Integer);
            to.Write(row.IsLocked, NpgsqlDbType.Boolean);
            to.Write(row.Type, NpgsqlDbType.Varchar);
            to.Write(Text(row.OwnerId), NpgsqlDbType.Varchar);
            WriteTime(to, row.ArchivedAt);
            to.Write(row.IsDeleted, NpgsqlDbType.Boolean);
            if (row.Tags is { } tags)
            {
                to.Write(tags.Select(Text).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Varchar);
            }
            else
            {
                to.WriteNull();
            }
        }, cancellationToken);
    }

    public async Task MessagesAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        // FREEZE: the table was emptied in this transaction, so nobody can see its rows too early, and no vacuum has to touch them.
        const string Sql =
            """
            copy messages (id, channel_id, thread_id, author_id, created_at, type, edited_at, is_deleted, deleted_at)
            from stdin with (format binary, freeze true)
            """;
        await using var to = await connection.BeginBinaryImportAsync(Sql, cancellationToken);
        var written = 0L;
        foreach (var row in seed.Messages())
        {
            to.StartRow();
            to.Write(row.Id.ToString(CultureInfo.InvariantCulture), NpgsqlDbType.Varchar);
            to.Write(Text(row.ChannelId), NpgsqlDbType.Varchar);
            WriteId(to, row.ThreadId);
            to.Write(Text(row.AuthorId), NpgsqlDbType.Varchar);
            WriteTime(to, row.CreatedAt);
            to.Write(row.Type, NpgsqlDbType.Integer);
            WriteTime(to, row.EditedAt);
            to.Write(row.IsDeleted, NpgsqlDbType.Boolean);
            WriteTime(to, row.DeletedAt);
            CountFetched(row);
            if (++written % ProgressRows == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress(string.Create(CultureInfo.InvariantCulture, $"{written:N0} messages"));
            }
        }

        await to.CompleteAsync(cancellationToken);
        progress(string.Create(CultureInfo.InvariantCulture, $"{written:N0} messages, all of them"));
    }

    /// <summary>After the messages, of which those in gaps are counted.</summary>
    public async Task CoverageAsync(string schema, CancellationToken cancellationToken)
    {
        const string GuildSql =
            """
            insert into metricity.guilds (guild_id, schema_name, first_seen_at, members_synced_at) values ($1, $2, $3, $4)
            """;
        const string PositionSql =
            """
            insert into metricity.positions as p (shard_id, shard_count, received_at) values (0, 1, $1)
            on conflict (shard_id, shard_count) do update set received_at = greatest(p.received_at, excluded.received_at)
            """;
        const string StretchSql =
            """
            insert into metricity.coverage (guild_id, kind, reason, channel_id, started_at, ended_at, checked_from, planned_at,
                members_synced_at, healed_at, healed_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            returning id
            """;
        const string PartSql =
            """
            insert into metricity.coverage_channels (coverage_id, channel_id, part, parent_id, state, reason, messages, pages)
            values ($1, $2, 'messages', $3, $4, $5, $6, ($6 + 99) / 100)
            """;
        var guild = Text(seed.Options.GuildId);
        var synced = _gaps.LastOrDefault(gap => gap.ChannelId is null)?.EndedAt ?? seed.Options.Since;
        await RunAsync(GuildSql, cancellationToken, guild, schema, Instant(seed.Options.Since), Instant(synced.AddMinutes(1)));
        await RunAsync(PositionSql, cancellationToken, Instant(seed.Options.Until));
        foreach (var stretch in seed.Coverage)
        {
            var gap = Array.IndexOf(_gaps, stretch);
            var planned = gap < 0 ? null : Instant(stretch.EndedAt!.Value.AddMinutes(1));
            var id = await RunAsync(
                StretchSql, cancellationToken, guild, stretch.Kind, stretch.Reason, stretch.ChannelId is { } channel ? Text(channel) : null,
                Instant(stretch.StartedAt), Instant(stretch.EndedAt), gap < 0 ? null : Instant(stretch.StartedAt.AddDays(-1)), planned,
                stretch.ChannelId is null ? planned : null, Instant(stretch.HealedAt), stretch.HealedAt is null ? null : "history");
            if (gap >= 0 && stretch.HealedAt is null)
            {
                await RunAsync(
                    PartSql, cancellationToken, id, Text(seed.Channels[0].Id), null, "unreadable", "READ_MESSAGE_HISTORY is missing", 0);
            }

            foreach (var (key, messages) in _fetched.Where(part => part.Key.Gap == gap).OrderBy(part => part.Key.Place))
            {
                await RunAsync(
                    PartSql, cancellationToken, id, Text(key.Place), key.Parent is { } parent ? Text(parent) : null, "healed", null, messages);
            }
        }
    }

    private void CountFetched(in SeedMessage row)
    {
        for (var i = 0; i < _gaps.Length; i++)
        {
            var gap = _gaps[i];
            if (gap.HealedAt is not null && row.CreatedAt >= gap.StartedAt && row.CreatedAt < gap.EndedAt
                && (gap.ChannelId is null || gap.ChannelId == row.ChannelId))
            {
                var key = (i, row.ThreadId ?? row.ChannelId, row.ThreadId is null ? (ulong?)null : row.ChannelId);
                _fetched[key] = _fetched.GetValueOrDefault(key) + 1;
            }
        }
    }

    private async Task CopyAsync<T>(
        string columns, IEnumerable<T> rows, Action<T, NpgsqlBinaryImporter> write, CancellationToken cancellationToken)
    {
        await using var to = await connection.BeginBinaryImportAsync($"copy {columns} from stdin (format binary)", cancellationToken);
        foreach (var row in rows)
        {
            to.StartRow();
            write(row, to);
        }

        await to.CompleteAsync(cancellationToken);
    }

    private async Task<object?> RunAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            // A null of the parts' and stretches' columns: the type is the column's.
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private string Text(ulong id)
    {
        // Users and channels come again and again; threads and the rest do no harm.
        if (!_texts.TryGetValue(id, out var text))
        {
            _texts[id] = text = id.ToString(CultureInfo.InvariantCulture);
        }

        return text;
    }

    private void WriteId(NpgsqlBinaryImporter to, ulong? id)
    {
        if (id is { } value)
        {
            to.Write(Text(value), NpgsqlDbType.Varchar);
        }
        else
        {
            to.WriteNull();
        }
    }

    /// <summary>Columns are without a zone; the driver wants such times without a kind.</summary>
    private static void WriteTime(NpgsqlBinaryImporter to, DateTime? at)
    {
        if (at is { } time)
        {
            to.Write(DateTime.SpecifyKind(time, DateTimeKind.Unspecified), NpgsqlDbType.Timestamp);
        }
        else
        {
            to.WriteNull();
        }
    }

    /// <summary>Columns with a zone.</summary>
    private static DateTime? Instant(DateTime? at) => at is { } time ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : null;
}
