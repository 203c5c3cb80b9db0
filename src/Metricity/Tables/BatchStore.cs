using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Migrations;
using Metricity.Ownership;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Tables;

/// <summary>
/// Commits batches, each in one transaction with its position. Called by the writer's loop alone, one batch after another. What an error
/// of the database means is decided by <see cref="DatabaseFault"/>; waiting and trying again is the caller's.
/// </summary>
/// <param name="positions">Fences the writer; null for a guest beside the writer, who brings history and no position.</param>
internal sealed partial class BatchStore(
    NpgsqlDataSource dataSource,
    StorageOptions options,
    PositionStore? positions,
    StorageStatus status,
    TimeProvider time,
    ILogger<BatchStore> logger) : IBatchStore
{
    private readonly MessageStore _messages = new();
    private readonly Dictionary<Snowflake, StoredRows> _memories = [];

    /// <summary>Throws when nothing may be committed at the moment; asked before each batch.</summary>
    public Func<CancellationToken, Task>? Guard { get; init; }

    public async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        if (Guard is not null)
        {
            await Guard(cancellationToken);
        }

        var mode = WriteMode.Plain;
        while (true)
        {
            DatabaseFault fault;
            try
            {
                await TryCommitAsync(batch, mode, cancellationToken);

                return;
            }
            catch (Exception e) when (DatabaseFault.Of(e, cancellationToken) is { } found)
            {
                // The exception itself goes no further: its text can quote what was sent.
                fault = found;
            }

            if (fault.Kind == FaultKind.Transient)
            {
                throw new StoreUnavailableException(fault.Sentence);
            }

            if (fault.Kind != FaultKind.BadRow || mode == WriteMode.Isolated)
            {
                throw new StopException(ExitCode.Database, fault.Sentence);
            }

            mode = mode == WriteMode.Plain && fault.SqlState == PostgresErrorCodes.ForeignKeyViolation
                ? WriteMode.WithStandIns
                : WriteMode.Isolated;
            ForgetUsers();
            status.CountRefused();
            LogBatchRefused(fault.SqlState, mode);
        }
    }

    private async Task TryCommitAsync(Batch batch, WriteMode mode, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(dataSource, options.CommandTimeout, cancellationToken);
        var work = new StoreTransaction(session, mode, time.GetUtcNow().UtcDateTime);
        DateTime? lastReceivedAt = null;
        if (positions is not null)
        {
            lastReceivedAt = batch.ChangeSets.Any(changes => changes.Coverage.Count > 0)
                ? await positions.ReadReceivedAtAsync(session)
                : null;
            await positions.WriteAsync(session, batch.Position, batch.SentAt);
        }

        foreach (var changes in batch.ChangeSets)
        {
            if (!changes.IsEmpty)
            {
                await WriteAsync(work, changes, lastReceivedAt, batch.Position?.Session.Id);
            }
        }

        await work.CommitAsync();
        Report(work);
    }

    /// <summary>In the order of <see cref="ChangeSet"/>'s members, which is that of the foreign keys.</summary>
    private async Task WriteAsync(StoreTransaction work, ChangeSet changes, DateTime? lastReceivedAt, string? sessionId)
    {
        if (!options.GuildSchemas.TryGetValue(changes.GuildId, out var schema))
        {
            throw new StopException(ExitCode.Database, $"Guild {changes.GuildId} is not in the settings: add it to Guilds.");
        }

        var memory = MemoryOf(changes.GuildId);
        await work.UseSchemaAsync(schema);
        await LedgerStore.ApplyAsync(work.Session, changes, lastReceivedAt, sessionId);
        await TombstoneStore.PrepareAsync(work, memory, options.TombstoneLifetime);
        await ApplySetStatementsAsync(work, changes);
        await CategoryStore.WriteAsync(work, changes);
        await ChannelStore.WriteAsync(work, changes);
        await ThreadStore.WriteAsync(work, changes);
        await UserStore.WriteAsync(work, changes, memory);
        await MemberEventStore.WriteAsync(work, changes);
        await _messages.WriteAsync(work, changes, memory);
        await LedgerStore.WriteHistoryAsync(work.Session, changes.History);
        if (positions is null)
        {
            await TombstoneStore.ApplyAsync(work);
        }
    }

    private static async Task ApplySetStatementsAsync(StoreTransaction work, ChangeSet changes)
    {
        await MessageStore.DiscardAsync(work, changes.Discarded);
        if (changes.SyncStarted)
        {
            await GuildStore.MarkSyncStartedAsync(work.Session, changes.GuildId);
        }

        if (changes.ActiveThreads is { } active)
        {
            await ThreadStore.ApplyActiveAsync(work, changes.GuildId, active);
        }

        if (changes.SeenUserIds is { } seen)
        {
            await MemberStore.LeaveUnseenAsync(work, changes.GuildId, seen);
            await GuildStore.MarkSyncEndedAsync(work.Session, changes.GuildId, work.Now);
            await LedgerStore.MarkMembersComparedAsync(work.Session, changes.GuildId, work.Now);
        }

        if (changes.ClearStaff)
        {
            await UserStore.ClearStaffAsync(work);
        }
    }

    private StoredRows MemoryOf(Snowflake guildId)
    {
        if (!_memories.TryGetValue(guildId, out var memory))
        {
            memory = new StoredRows();
            _memories.Add(guildId, memory);
        }

        return memory;
    }

    /// <summary>A refused row may mean that a user whom we remember as stored is not.</summary>
    private void ForgetUsers()
    {
        foreach (var memory in _memories.Values)
        {
            memory.ForgetUsers();
        }
    }

    private void Report(StoreTransaction work)
    {
        status.CountCommitted();
        foreach (var (table, rows) in work.Written)
        {
            status.CountWritten(table, rows);
        }

        foreach (var (guildId, rows) in work.New)
        {
            status.CountNew(guildId, rows);
        }

        foreach (var row in work.Rejected)
        {
            status.CountRejected(row.Table);
            LogRowRejected(row.Table, row.SqlState, row.Constraint);
            LogRejectedId(row.Table, row.Id);
        }
    }

    [LoggerMessage(
        LogEvents.Tables.BatchRefused,
        LogLevel.Warning,
        "The database refused a row of a batch (SQLSTATE {SqlState}); nothing was written, trying again in mode {Mode}")]
    private partial void LogBatchRefused(string? sqlState, WriteMode mode);

    [LoggerMessage(
        LogEvents.Tables.RowRejected,
        LogLevel.Error,
        "A row for table {Table} was refused by the database and is lost (SQLSTATE {SqlState}, constraint {Constraint})")]
    private partial void LogRowRejected(string table, string sqlState, string? constraint);

    [LoggerMessage(LogEvents.Tables.RejectedId, LogLevel.Debug, "The refused row of table {Table} has id {Id}")]
    private partial void LogRejectedId(string table, Snowflake id);
}
