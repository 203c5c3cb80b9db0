using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Metricity.IntegrationTests.Export;

/// <summary>
/// A StatsD on loopback that takes lines of StatsD's documentation ("Metric types") and nothing else: counters are summed, gauges kept.
/// </summary>
internal sealed partial class StatsdReceiver : IAsyncDisposable
{
    /// <summary>StatsD's own advice for Ethernet ("Multi-Metric Packets").</summary>
    private const int MaxBytes = 1432;

    private readonly UdpClient _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="port">0 = one that is free.</param>
    public StatsdReceiver(int port = 0)
    {
        _socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
        Port = ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;
        _loop = ReceiveAsync();
    }

    public int Port { get; }

    public ConcurrentDictionary<string, long> Counters { get; } = new();

    public ConcurrentDictionary<string, long> Gauges { get; } = new();

    /// <summary>What is wrong with datagrams that came.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>All that came, as text.</summary>
    public ConcurrentQueue<string> Datagrams { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                Take((await _socket.ReceiveAsync(_stop.Token)).Buffer);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private void Take(byte[] datagram)
    {
        var text = Encoding.Latin1.GetString(datagram);
        Datagrams.Enqueue(text);
        if (datagram.Length > MaxBytes)
        {
            Faults.Enqueue($"{datagram.Length} bytes");
        }

        foreach (var line in text.Split('\n'))
        {
            var match = Line().Match(line);
            if (!match.Success)
            {
                Faults.Enqueue(line);
                continue;
            }

            var value = long.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
            var name = match.Groups["name"].Value;
            if (match.Groups["type"].Value == "c")
            {
                Counters.AddOrUpdate(name, value, (_, sum) => sum + value);
            }
            else
            {
                Gauges[name] = value;
            }
        }
    }

    [GeneratedRegex(@"^(?<name>[a-z0-9_-]+(\.[a-z0-9_-]+)+):(?<value>0|[1-9][0-9]*)\|(?<type>c|g)\z")]
    private static partial Regex Line();
}
