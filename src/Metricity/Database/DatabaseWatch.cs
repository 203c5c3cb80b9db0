using Metricity.Migrations;

namespace Metricity.Database;

/// <summary>What the last look at the database gave.</summary>
/// <param name="Fault">Why it cannot be used now, a plain sentence; null when it can.</param>
/// <param name="SchemaFault">Why its schemas are not the ones this build knows; null when they are, or could not be looked at.</param>
/// <param name="Figures">The newest there are; null before the first.</param>
internal sealed record DatabaseView(string? Fault, string? SchemaFault, DatabaseFigures? Figures);

/// <summary>
/// Looks at the database every few seconds, so that health and metrics answer from memory: a database that hangs makes no answer hang.
/// </summary>
internal sealed class DatabaseWatch(DatabaseProbe probe, SchemaCheck schema, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>After this a look has failed.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Migrations are rare; the look at them opens a connection of its own.</summary>
    private static readonly TimeSpan SchemaInterval = TimeSpan.FromMinutes(1);

    private volatile DatabaseView? _latest;
    private string? _schemaFault;
    private long? _schemaSeenAt;
    private long _movedAt;

    /// <summary>Null before the first look.</summary>
    public DatabaseView? Latest => _latest;

    /// <summary>Timestamp of the loop's last turn; 0 before the first.</summary>
    public long MovedAt => Volatile.Read(ref _movedAt);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref _movedAt, time.GetTimestamp());
                await LookAsync(cancellationToken);
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The collector stops.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // The wait as well as the call: a driver that is slow to give up must not keep this loop.
            var figures = await probe.AskAsync(either.Token).WaitAsync(either.Token);
            if (_schemaFault is not null || _schemaSeenAt is null || time.GetElapsedTime(_schemaSeenAt.Value) >= SchemaInterval)
            {
                await LookAtSchemaAsync(either.Token);
            }

            _latest = new DatabaseView(null, _schemaFault, figures);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Note($"The database did not answer within {Limit.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is StoreUnavailableException or StopException)
        {
            Note(e.Message);
        }

        void Note(string fault) => _latest = new DatabaseView(fault, null, _latest?.Figures);
    }

    private async Task LookAtSchemaAsync(CancellationToken cancellationToken)
    {
        try
        {
            await schema.RunAsync(cancellationToken).WaitAsync(cancellationToken);
            _schemaFault = null;
        }
        catch (SchemaException e)
        {
            _schemaFault = e.Sentence;
        }

        _schemaSeenAt = time.GetTimestamp();
    }
}
