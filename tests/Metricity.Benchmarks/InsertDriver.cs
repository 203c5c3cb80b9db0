using System.Diagnostics;
using Metricity.Benchmarks.Load;
using Metricity.Database;
using Metricity.Events;
using Metricity.Tables;
using Npgsql;
using NpgsqlTypes;

namespace Metricity.Benchmarks;

/// <summary>
/// Drives the storage statement alone, prepared, with arrays made beforehand, one transaction for each execution, in one round trip (the
/// statement commits by itself): as fast as one connection can be driven.
/// </summary>
internal sealed class InsertDriver
{
    private readonly List<object[]> _batches = [];

    /// <param name="messages">Rows of the load's messages 0 up to this.</param>
    /// <param name="batchSize">Rows in one execution.</param>
    public InsertDriver(int messages, int batchSize)
    {
        for (var first = 0; first < messages; first += batchSize)
        {
            var range = Enumerable.Range(first, Math.Min(batchSize, messages - first)).ToArray();
            _batches.Add(
            [
                Array.ConvertAll(range, i => LoadPlan.Text(LoadPlan.MessageId(i))),
                Array.ConvertAll(range, i => LoadPlan.Text(LoadPlan.ChannelId(LoadPlan.ParentOf(LoadPlan.ThreadOf(i))))),
                Array.ConvertAll(range, i => LoadPlan.Text(LoadPlan.ThreadId(LoadPlan.ThreadOf(i)))),
                Array.ConvertAll(range, i => LoadPlan.Text(LoadPlan.AuthorId(LoadPlan.AuthorOf(i)))),
                Array.ConvertAll(range, i => new Snowflake(LoadPlan.MessageId(i)).CreatedAt.ToColumn()),
                new int[range.Length],
                new DateTime?[range.Length],
                new DateTime?[range.Length],
            ]);
        }
    }

    public async Task<TimeSpan> RunAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(MessageStore.InsertSql, connection);
        (string Name, NpgsqlDbType Type)[] parameters =
        [
            ("Ids", NpgsqlDbType.Text), ("ChannelIds", NpgsqlDbType.Text), ("ThreadIds", NpgsqlDbType.Text),
            ("AuthorIds", NpgsqlDbType.Text), ("CreatedAt", NpgsqlDbType.Timestamp), ("Types", NpgsqlDbType.Integer),
            ("EditedAt", NpgsqlDbType.Timestamp), ("DeletedAt", NpgsqlDbType.Timestamp),
        ];
        foreach (var (name, type) in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type));
        }

        await command.PrepareAsync();
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in _batches)
        {
            for (var i = 0; i < batch.Length; i++)
            {
                command.Parameters[i].Value = batch[i];
            }

            await command.ExecuteNonQueryAsync();
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
