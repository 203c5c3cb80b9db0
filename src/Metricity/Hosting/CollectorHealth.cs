using System.Globalization;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Gateway;
using Metricity.Ownership;

namespace Metricity.Hosting;

/// <summary>
/// Says how the collector is, from memory alone and so at once. Live: a restart would not help. Ready: it collects, or stands by.
/// What cannot be mended by a restart, such as a database that is away, is no reason not to be live: a restart would lose the queue.
/// </summary>
/// <param name="stallAfter">Events that wait this long without a commit make it unhealthy.</param>
internal sealed class CollectorHealth(
    ShardStatus shard, GatewayStatus gateway, CollectStatus collect, DatabaseWatch database, TimeSpan stallAfter, TimeProvider time)
{
    /// <summary>The watch turns every few seconds; when it has not for this long, the program's timers or threads are stuck.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(1);

    /// <summary>A heartbeat is due every 41 s.</summary>
    private static readonly TimeSpan HeartStopped = TimeSpan.FromMinutes(5);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public HealthAnswer Live() => new([Timers(), Reader(), WriterTurns()]);

    public HealthAnswer Ready() => new([Stopping(), Database(), Schema(), Session(), Writer(), Progress()]);

    private HealthCheck Timers() => database.MovedAt is > 0 and var moved && time.GetElapsedTime(moved) > StuckAfter
        ? Bad("timers", $"The program's own loops have not turned for {Text(time.GetElapsedTime(moved))}: restart it.")
        : Good("timers", database.MovedAt == 0 ? "The program starts." : "The program's own loops turn.");

    private HealthCheck Reader() =>
        gateway.Connected && time.GetElapsedTime(gateway.MovedAt) is var silent && silent > HeartStopped
            ? Bad("reader", $"No heartbeat was sent to Discord for {Text(silent)} although connected: restart it.")
            : Good("reader", "The reader turns.");

    private HealthCheck WriterTurns() => IsStalled(out var since) && database.Latest is { Fault: null }
        ? Bad("writer", $"Events wait since {since:u}, the database answers, and yet the writer has done nothing for more "
            + $"than {Text(stallAfter)}: restart it.")
        : Good("writer", "The writer turns.");

    private HealthCheck Stopping() => shard.IsStopping
        ? Bad("stopping", "The program was asked to stop, and commits what it has read.")
        : Good("stopping", "Nobody asked the program to stop.");

    private HealthCheck Database() => database.Latest switch
    {
        null => Bad("database", "The database was not looked at yet."),
        { Fault: { } fault } => Bad("database", $"{fault} Events wait in memory; nothing is lost for now."),
        _ => Good("database", "The database answers."),
    };

    private HealthCheck Schema() => database.Latest switch
    {
        { SchemaFault: { } fault } => Bad("schema", fault),
        { Fault: null } => Good("schema", "The schemas are those of this version."),
        _ => Good("schema", "The schemas cannot be looked at now; they were right before."),
    };

    private HealthCheck Session() => shard.State switch
    {
        ShardState.Live => Good("session", "The session with Discord is live."),
        ShardState.Standby => Good("session", "Standing by: another Metricity collects, this one takes over when it ends."),
        _ => Bad("session", $"There is no session with Discord now. Last: {gateway.LastEnd ?? "none yet"}."),
    };

    private HealthCheck Writer() => collect.Fault is { } fault
        ? Bad("writer", $"The last commit failed and is tried again: {fault} "
            + $"{Waiting} events wait in memory; nothing is lost for now.")
        : Good("writer", "The last commit went through, or none was due.");

    private HealthCheck Progress()
    {
        var since = Oldest;

        return since is { } oldest && Now - oldest > stallAfter && Now - (collect.LastCommitAt ?? oldest) > stallAfter
            ? Bad("progress", $"Nothing was committed for more than {Text(stallAfter)} while events wait, the oldest since "
                + $"{oldest:u} ({Waiting} wait). Look for locks in PostgreSQL.")
            : Good("progress", since is null ? "No event waits." : $"Events wait since {since:u} only.");
    }

    private bool IsStalled(out DateTime? since)
    {
        since = Oldest;

        return since is { } oldest && Now - oldest > stallAfter && Now - (collect.MovedAt ?? oldest) > stallAfter;
    }

    /// <summary>Since when (UTC) something waits to be committed.</summary>
    private DateTime? Oldest => collect.CommittingSince ?? collect.Queue?.WaitingSince;

    private string Waiting => (collect.Queue?.Waiting ?? 0).ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) =>
        TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds)).ToString("c", CultureInfo.InvariantCulture);

    private static HealthCheck Good(string name, string reason) => new(name, true, reason);

    private static HealthCheck Bad(string name, string reason) => new(name, false, reason);
}
