using Metricity.Migrations;

namespace Metricity.Database;

/// <summary>What a <see cref="DatabaseFault"/> becomes on its way out of this room.</summary>
internal static class DatabaseFaults
{
    /// <summary>Does something with the database and gives its faults as the two kinds that callers outside of this room know.</summary>
    /// <param name="cancellationToken">The one that <paramref name="action"/> uses.</param>
    /// <exception cref="StoreUnavailableException">Waiting may cure it.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (DatabaseFault.Of(e, cancellationToken) is { } fault)
        {
            // The exception itself goes no further: its text can quote what was sent.
            throw fault.Kind == FaultKind.Transient
                ? new StoreUnavailableException(fault.Sentence)
                : new StopException(ExitCode.Database, fault.Sentence);
        }
    }

    /// <summary>Does on a connection what its end does as well, only later: a fault of the database is that end.</summary>
    public static async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (DatabaseFault.Of(e, CancellationToken.None) is not null)
        {
            // What the action frees, the server frees with the connection.
        }
    }
}
