using System.Globalization;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Tables;

namespace Metricity.Coverage;

/// <summary>What history fetched over REST changes beside its messages: vanished ones, and the progress in <c>coverage_channels</c>.</summary>
internal static class HistoryStore
{
    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes)
    {
        await work.WriteAsync("messages", changes.Vanished, id => id, ids => MarkVanishedAsync(work, ids));
        foreach (var progress in changes.History)
        {
            await SetProgressAsync(work, progress);
            if (progress.Step is { State: HistoryState.Deleted, Part: HistoryPart.Messages })
            {
                await TakeBackArchivingAsync(work, progress.Step.ChannelId);
            }

            await AddPartsAsync(work, progress);
        }
    }

    /// <summary>
    /// For a writer beside a collector: deletions that the collector saw before our messages were there are tombstones now. The lock waits
    /// for a collector that is just about to write one, and makes the next one wait until it can see our messages.
    /// </summary>
    public static async Task ApplyTombstonesAsync(StoreTransaction work)
    {
        const string Sql =
            """
            lock table message_tombstones in share row exclusive mode;

            update messages m
            set is_deleted = true, deleted_at = t.deleted_at
            from message_tombstones t
            where m.id = t.id and not m.is_deleted;
            """;
        await work.Session.ExecuteAsync(Sql);
    }

    /// <summary>The text of a part and of a state in the ledger.</summary>
    public static string Text(HistoryPart part) => part switch
    {
        HistoryPart.PublicThreads => "public_threads",
        HistoryPart.PrivateThreads => "private_threads",
        _ => "messages",
    };

    /// <inheritdoc cref="Text(HistoryPart)"/>
    public static string Text(HistoryState state) => state switch
    {
        HistoryState.Healed => "healed",
        HistoryState.Unreadable => "unreadable",
        HistoryState.Deleted => "deleted",
        _ => "open",
    };

    /// <inheritdoc cref="Text(HistoryPart)"/>
    public static string? Text(HistoryObstacle obstacle) => obstacle switch
    {
        HistoryObstacle.LacksViewChannel => "the bot lacks View Channel",
        HistoryObstacle.LacksReadMessageHistory => "the bot lacks Read Message History",
        HistoryObstacle.LacksConnect => "the bot lacks Connect",
        HistoryObstacle.Denied => "Discord denies the access",
        _ => null,
    };

    /// <summary>An id in digits, or a time.</summary>
    public static string? Text(HistoryCursor? cursor) =>
        cursor?.Id?.ToString() ?? cursor?.Time?.ToString("O", CultureInfo.InvariantCulture);

    public static HistoryCursor? ReadCursor(string? text) =>
        Snowflake.TryParse(text, out var id) ? new HistoryCursor(id, null)
            : DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
                ? new HistoryCursor(null, time)
                : null;

    private static async Task MarkVanishedAsync(StoreTransaction work, IReadOnlyCollection<Snowflake> ids)
    {
        const string Sql = "update messages set is_deleted = true where id = any(@Ids) and not is_deleted";
        work.CountWritten("messages", await work.Session.ExecuteAsync(Sql, new { Ids = ids.Column(id => id.ToString()) }));
    }

    private static Task<int> SetProgressAsync(StoreTransaction work, HistoryProgress progress)
    {
        const string Sql =
            """
            update metricity.coverage_channels
            set state = @State, reason = @Reason, cursor = coalesce(@Cursor, cursor), pages = pages + 1,
                messages = messages + @Messages, vanished = vanished + @Vanished, updated_at = now()
            where coverage_id = @CoverageId and channel_id = @ChannelId and part = @Part
            """;

        return work.Session.ExecuteAsync(Sql, new
        {
            progress.Step.CoverageId,
            ChannelId = progress.Step.ChannelId.ToString(),
            Part = Text(progress.Step.Part),
            State = Text(progress.Step.State),
            Reason = Text(progress.Step.Obstacle),
            Cursor = Text(progress.Step.Cursor),
            progress.Messages,
            progress.Vanished,
        });
    }

    /// <summary>That a thread left the list of active ones because it was archived was a guess: it was deleted.</summary>
    private static async Task TakeBackArchivingAsync(StoreTransaction work, Snowflake threadId)
    {
        const string Sql = "update threads set archived = false where id = @Id and deleted and archived and archived_at is null";
        work.CountWritten("threads", await work.Session.ExecuteAsync(Sql, new { Id = threadId.ToString() }));
    }

    private static async Task AddPartsAsync(StoreTransaction work, HistoryProgress progress)
    {
        const string Sql =
            """
            insert into metricity.coverage_channels (coverage_id, channel_id, part, parent_id)
            select @CoverageId, g.id, 'messages', @ParentId
            from unnest(@Ids) as g (id)
            on conflict do nothing
            """;
        if (progress.Threads.Count > 0)
        {
            await work.Session.ExecuteAsync(Sql, new
            {
                progress.Step.CoverageId,
                Ids = progress.Threads.Column(thread => thread.Id.ToString()),
                ParentId = progress.Step.ChannelId.ToString(),
            });
        }
    }
}
