using System.Net;
using System.Net.Sockets;

namespace Metricity.IntegrationTests.Process;

/// <summary>A port before a server's. Open, it leads there; closed, it takes connections and says nothing on them.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _kept = [];
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private bool _isClosed;
    private int _count;

    public Door(int server)
    {
        _server = server;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Connections that were kept waiting, all in all.</summary>
    public int Kept => Volatile.Read(ref _count);

    /// <summary>For those who come from now on.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    /// <summary>Who was kept waiting is sent away.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isClosed = false;
            _kept.ForEach(client => client.Dispose());
            _kept.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Open();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                lock (_lock)
                {
                    if (_isClosed)
                    {
                        _kept.Add(client);
                        _count++;
                        continue;
                    }
                }

                _ = LeadAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task LeadAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server);
                var (near, far) = (client.GetStream(), server.GetStream());
                await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // What one side lost, the other one loses with it.
            }
        }
    }
}
