using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Tables;

namespace Metricity.Coverage;

/// <summary>
/// Table <c>metricity.coverage</c>, as far as events change it: a guild is in one running stretch at a time, live, resumed or gap, or in
/// none before its first session; beside it run the gaps of channels that are hidden from the bot. Every rule may be applied twice, for a
/// commit whose outcome was unknown is tried again.
/// </summary>
internal static class CoverageStore
{
    private sealed record Stretch(long Id, string Kind, DateTime StartedAt);

    /// <remarks>Before the rows of the batch are written: what is stored then is what was known before the change.</remarks>
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
            case CoverageCause.ChannelsHidden:
                await BeginHiddenAsync(work, guildId, change);
                break;
            case CoverageCause.ChannelsSeen:
                await EndHiddenAsync(work, guildId, change);
                break;
            case CoverageCause.ChannelsGained:
                await AddGainedAsync(work, guildId, change);
                break;
            case CoverageCause.SessionStarted when running is { Kind: "live" or "resumed" }:
                var lost = running.Kind == "resumed" ? running.StartedAt : await LastKnownAsync(work, running, lastReceivedAt);
                await EndAsync(work, running, lost);
                await BeginAsync(work, guildId, "gap", "session_lost", lost, sessionId);
                break;
            case CoverageCause.SessionStarted when running is null && await CollectedBeforeAsync(work, guildId, lastReceivedAt):
                await BeginAsync(work, guildId, "gap", "session_lost", lastReceivedAt!.Value, sessionId);
                break;
            case CoverageCause.EventsMissing when running?.Kind is not "gap" && running?.StartedAt != at:
                var missing = running is not null ? await LastKnownAsync(work, running, lastReceivedAt)
                    : await CollectedBeforeAsync(work, guildId, lastReceivedAt) ? lastReceivedAt!.Value
                    : at;
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

    /// <summary>Whether the guild was collected at that time; one that is new in the settings has missed nothing.</summary>
    private static async Task<bool> CollectedBeforeAsync(StoreTransaction work, Snowflake guildId, DateTime? at)
    {
        const string Sql =
            """
            select exists (
                select from metricity.guilds where guild_id = @GuildId and first_seen_at <= @At::timestamp at time zone 'UTC')
            """;

        return at is not null && await work.Session.QuerySingleAsync<bool>(Sql, new { GuildId = guildId.ToString(), At = at.ToColumn() });
    }

    /// <summary>Where no message is stored, nothing that was collected is missing: a new channel that is made private is no gap.</summary>
    private static Task<int> BeginHiddenAsync(StoreTransaction work, Snowflake guildId, CoverageChange change)
    {
        const string Sql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, channel_id)
            select @GuildId, 'gap', 'channel_hidden', @At::timestamp at time zone 'UTC', g.id
            from unnest(@Ids) as g (id)
            where exists (select from messages where channel_id = g.id)
            on conflict (guild_id, channel_id) where ended_at is null do nothing
            """;

        return work.Session.ExecuteAsync(Sql, Parameters(guildId, change));
    }

    private static Task<int> EndHiddenAsync(StoreTransaction work, Snowflake guildId, CoverageChange change)
    {
        const string Sql =
            """
            update metricity.coverage
            set ended_at = greatest(started_at, @At::timestamp at time zone 'UTC')
            where guild_id = @GuildId and kind = 'gap' and channel_id = any(@Ids) and ended_at is null
            """;

        return work.Session.ExecuteAsync(Sql, Parameters(guildId, change));
    }

    /// <summary>The newest message says until when the channel was seen.</summary>
    private static Task<int> AddGainedAsync(StoreTransaction work, Snowflake guildId, CoverageChange change)
    {
        const string Sql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, ended_at, channel_id)
            select @GuildId, 'gap', 'channel_hidden', least(m.seen, @At::timestamp) at time zone 'UTC',
                @At::timestamp at time zone 'UTC', g.id
            from unnest(@Ids) as g (id)
            cross join lateral (select max(created_at) as seen from messages where channel_id = g.id) as m
            where m.seen is not null and not exists (
                select from metricity.coverage c
                where c.guild_id = @GuildId and c.channel_id = g.id and c.ended_at = @At::timestamp at time zone 'UTC')
            """;

        return work.Session.ExecuteAsync(Sql, Parameters(guildId, change));
    }

    private static object Parameters(Snowflake guildId, CoverageChange change) => new
    {
        GuildId = guildId.ToString(),
        At = change.At.ToColumn(),
        Ids = change.Channels.Column(id => id.ToString()),
    };

    private static Task<Stretch?> FindRunningAsync(StoreTransaction work, Snowflake guildId)
    {
        const string Sql =
            """
            select id as Id, kind as Kind, started_at at time zone 'UTC' as StartedAt
            from metricity.coverage
            where guild_id = @GuildId and channel_id is null and ended_at is null
            """;

        return work.Session.QueryFirstOrDefaultAsync<Stretch>(Sql, new { GuildId = guildId.ToString() });
    }

    /// <summary>
    /// Until when the log is known to be stored; without a position (a lost row) the newest message says it. May be before the running
    /// stretch, where that began in a replay: then its start is when the replay was read, and what is lost is older.
    /// </summary>
    private static async Task<DateTime> LastKnownAsync(StoreTransaction work, Stretch running, DateTime? lastReceivedAt)
    {
        const string Sql = "select max(created_at) from messages";
        if (lastReceivedAt is { } known)
        {
            return known;
        }

        var last = await work.Session.QueryFirstOrDefaultAsync<DateTime?>(Sql) ?? running.StartedAt;

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
            await work.Session.ExecuteAsync(Sql, new { stretch.Id, At = at.ToColumn() });
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
        await work.Session.ExecuteAsync(Sql, new
        {
            GuildId = guildId.ToString(),
            Kind = kind,
            Reason = reason,
            At = at.ToColumn(),
            SessionId = sessionId?.ToColumn(),
        });
    }
}
