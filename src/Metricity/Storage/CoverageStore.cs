using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Storage;

/// <summary>
/// Table <c>metricity.coverage</c>, as far as events change it: a guild is in one running stretch at a time, live, resumed or gap, or in
/// none before its first session. Every rule may be applied twice, for a commit whose outcome was unknown is tried again.
/// </summary>
internal static class CoverageStore
{
    private sealed record Stretch(long Id, string Kind, DateTime StartedAt);

    /// <param name="lastReceivedAt">UTC; when the last event before this batch was received. Null when there was none.</param>
    /// <param name="sessionId">The batch's session, or null.</param>
    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes, DateTime? lastReceivedAt, string? sessionId)
    {
        foreach (var change in changes.Coverage)
        {
            await ApplyAsync(work, changes.GuildId, change, lastReceivedAt, sessionId);
        }
    }

    private static async Task ApplyAsync(
        StoreTransaction work, Snowflake guildId, CoverageChange change, DateTime? lastReceivedAt, string? sessionId)
    {
        var at = change.At.ToColumn();
        var running = await FindRunningAsync(work, guildId);
        switch (change.Cause)
        {
            case CoverageCause.SessionStarted when running is { Kind: "live" or "resumed" }:
                var lost = running.Kind == "resumed" ? running.StartedAt : await LastKnownAsync(work, running, lastReceivedAt);
                await EndAsync(work, running, lost);
                await BeginAsync(work, guildId, "gap", "session_lost", lost, sessionId);
                break;
            case CoverageCause.SessionStarted when running is null && lastReceivedAt is { } before:
                await BeginAsync(work, guildId, "gap", "session_lost", before, sessionId);
                break;
            case CoverageCause.EventsMissing when running?.Kind is not "gap" && running?.StartedAt != at:
                var missing = running is null ? lastReceivedAt ?? at : await LastKnownAsync(work, running, lastReceivedAt);
                await EndAsync(work, running, missing);
                await BeginAsync(work, guildId, "gap", "events_missing", missing, sessionId);
                await EndAsync(work, await FindRunningAsync(work, guildId), at);
                await BeginAsync(work, guildId, "live", null, at, sessionId);
                break;
            case CoverageCause.Offline when running is { Kind: "live" } && running.StartedAt != at:
                var offline = await LastKnownAsync(work, running, lastReceivedAt);
                await EndAsync(work, running, offline);
                await BeginAsync(work, guildId, "resumed", null, offline, sessionId);
                break;
            case CoverageCause.Resumed when running is null or { Kind: "resumed" }:
            case CoverageCause.GuildAvailable when running is null or { Kind: "gap" }:
                await EndAsync(work, running, at);
                await BeginAsync(work, guildId, "live", null, at, sessionId);
                break;
            case CoverageCause.GuildUnavailable or CoverageCause.GuildLeft when running is { Kind: "live" or "resumed" }:
                await EndAsync(work, running, at);
                await BeginAsync(
                    work, guildId, "gap", change.Cause == CoverageCause.GuildLeft ? "bot_removed" : "guild_outage", at, sessionId);
                break;
        }
    }

    private static Task<Stretch?> FindRunningAsync(StoreTransaction work, Snowflake guildId)
    {
        const string Sql =
            """
            select id as Id, kind as Kind, started_at at time zone 'UTC' as StartedAt
            from metricity.coverage
            where guild_id = @GuildId and ended_at is null
            """;

        return work.QueryFirstAsync<Stretch>(Sql, new { GuildId = guildId.ToString() });
    }

    /// <summary>Until when the running stretch is proven; without a position (a lost row) the newest message says it.</summary>
    private static async Task<DateTime> LastKnownAsync(StoreTransaction work, Stretch running, DateTime? lastReceivedAt)
    {
        const string Sql = "select max(created_at) from messages";
        var last = lastReceivedAt ?? await work.QueryFirstAsync<DateTime?>(Sql, new { }) ?? running.StartedAt;

        return last > running.StartedAt ? last : running.StartedAt;
    }

    private static async Task EndAsync(StoreTransaction work, Stretch? stretch, DateTime at)
    {
        const string Sql =
            """
            update metricity.coverage set ended_at = greatest(started_at, @At::timestamp at time zone 'UTC') where id = @Id
            """;
        if (stretch is not null)
        {
            await work.ExecuteAsync(Sql, new { stretch.Id, At = at.ToColumn() });
        }
    }

    private static async Task BeginAsync(
        StoreTransaction work, Snowflake guildId, string kind, string? reason, DateTime at, string? sessionId)
    {
        const string Sql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, session_id)
            values (@GuildId, @Kind, @Reason, @At::timestamp at time zone 'UTC', @SessionId)
            """;
        await work.ExecuteAsync(Sql, new
        {
            GuildId = guildId.ToString(),
            Kind = kind,
            Reason = reason,
            At = at.ToColumn(),
            SessionId = sessionId?.ToColumn(),
        });
    }
}
