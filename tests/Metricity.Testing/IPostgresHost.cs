namespace Metricity.Testing;

/// <summary>One server on one loopback port, behind <see cref="PostgresCluster"/>. Its data stay until it is disposed of.</summary>
internal interface IPostgresHost : IAsyncDisposable
{
    /// <summary>The server's directory, or its container's id.</summary>
    string Name { get; }

    bool IsRunning { get; }

    /// <summary>Begins to start the server; who wants to know when it takes connections asks it.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started.</exception>
    Task StartAsync();

    /// <summary>
    /// Sends INT (fast shutdown) or QUIT (immediate) to the postmaster, or KILL to every process of the server, and waits until all have
    /// ended.
    /// </summary>
    Task SignalAsync(string signal);

    /// <summary>What the server wrote, for errors.</summary>
    Task<string> LogAsync();
}
