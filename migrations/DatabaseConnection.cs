using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// The one way to open a connection. The driver passes a token on to the system's look-up of the server's name, where it does nothing once
/// the look-up is under way: a resolver that does not answer would hold up whoever asks us to stop for as long as the system has patience.
/// </summary>
public static class DatabaseConnection
{
    /// <summary>
    /// Opens it and gives it back. It is disposed of when it cannot be opened; cancelled, it is left to itself until the driver lets go of
    /// it.
    /// </summary>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var opening = connection.OpenAsync(cancellationToken);
        try
        {
            await opening.WaitAsync(cancellationToken);

            return connection;
        }
        catch when (opening.IsCompleted)
        {
            await connection.DisposeAsync();
            throw;
        }
        catch
        {
            _ = DisposeAfterAsync(opening, connection);
            throw;
        }
    }

    private static async Task DisposeAfterAsync(Task opening, NpgsqlConnection connection)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // nobody asks any more how it went
        await connection.DisposeAsync();
    }
}
