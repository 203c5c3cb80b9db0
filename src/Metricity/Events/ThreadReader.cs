using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads threads: channel objects with <c>thread_metadata</c> (Discord docs, "Channel: Thread Metadata Object").</summary>
internal static class ThreadReader
{
    public static ThreadFacts Read(ref Utf8JsonReader reader, ReaderContext context) =>
        ChannelReader.ReadFields(ref reader, context).ToThread();

    /// <summary>An array of threads; those that cannot be read are left out and counted.</summary>
    public static List<ThreadFacts> ReadList(ref Utf8JsonReader reader, ReaderContext context) =>
        reader.ReadList(context, "threads", Read);

    /// <summary>The REST answer <c>{threads, members, has_more}</c>.</summary>
    public static ThreadPage ReadPage(ref Utf8JsonReader reader, ReaderContext context)
    {
        List<ThreadFacts>? threads = null;
        var hasMore = false;

        reader.EnterObject("page");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("threads"u8))
            {
                threads = ReadList(ref reader, context);
            }
            else if (key.SequenceEqual("has_more"u8))
            {
                hasMore = reader.ReadBoolean("page.has_more") ?? false;
            }
            else
            {
                reader.Skip();
            }
        }

        return new ThreadPage(threads ?? throw new MalformedPayloadException("page.threads"), hasMore);
    }

    public static ThreadMetadata ReadMetadata(ref Utf8JsonReader reader)
    {
        bool? isArchived = null;
        DateTime? changedAt = null;
        DateTime? createdAt = null;
        int? autoArchiveDuration = null;
        var isLocked = false;

        reader.EnterObject("thread_metadata");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("archived"u8))
            {
                isArchived = reader.ReadBoolean("thread_metadata.archived");
            }
            else if (key.SequenceEqual("archive_timestamp"u8))
            {
                changedAt = reader.ReadTime("thread_metadata.archive_timestamp");
            }
            else if (key.SequenceEqual("create_timestamp"u8))
            {
                createdAt = reader.ReadTime("thread_metadata.create_timestamp");
            }
            else if (key.SequenceEqual("auto_archive_duration"u8))
            {
                autoArchiveDuration = reader.ReadInt32("thread_metadata.auto_archive_duration");
            }
            else if (key.SequenceEqual("locked"u8))
            {
                isLocked = reader.ReadBoolean("thread_metadata.locked") ?? false;
            }
            else
            {
                reader.Skip();
            }
        }

        return new ThreadMetadata(
            isArchived ?? throw new MalformedPayloadException("thread_metadata.archived"),
            changedAt,
            createdAt,
            autoArchiveDuration ?? throw new MalformedPayloadException("thread_metadata.auto_archive_duration"),
            isLocked);
    }
}

/// <summary>What <c>thread_metadata</c> holds.</summary>
/// <param name="ChangedAt">When archived or any of these was last changed, in UTC: Discord's <c>archive_timestamp</c>.</param>
/// <param name="AutoArchiveDuration">Minutes.</param>
internal readonly record struct ThreadMetadata(
    bool IsArchived,
    DateTime? ChangedAt,
    DateTime? CreatedAt,
    int AutoArchiveDuration,
    bool IsLocked);

/// <summary>A list of threads from REST. <paramref name="HasMore"/> is false in lists that have no pages.</summary>
internal readonly record struct ThreadPage(IReadOnlyList<ThreadFacts> Threads, bool HasMore);
