using System.Net;
using System.Net.Sockets;
using System.Text;
using Metricity.Events;
using Metricity.Tables;
using Microsoft.Extensions.Logging;

namespace Metricity.Export;

/// <summary>
/// Sends the guilds' figures to StatsD over UDP: members and open threads as gauges, messages, joins and leaves since the last send as
/// counters. Nothing waits for it; a StatsD that is away is logged once, and its counts go with the next send that succeeds.
/// </summary>
/// <param name="schemas">Of each guild of this process.</param>
internal sealed partial class StatsdSender(
    StatsdOptions options,
    IReadOnlyDictionary<Snowflake, string> schemas,
    StorageStatus storage,
    GuildSizes sizes,
    TimeProvider time,
    ILogger<StatsdSender> logger)
{
    /// <summary>What fits into an Ethernet frame of 1,500 bytes with room for the headers of tunnels; StatsD's own advice.</summary>
    private const int MaxBytes = 1432;

    /// <summary>For looking up the name and sending, above all when a resolver is silent.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Snowflake, NewRows> _sent = [];

    /// <summary>What <see cref="_sent"/> was before the last datagram, of the guilds in it.</summary>
    private List<(Snowflake Guild, NewRows Sent)> _undo = [];

    private Socket? _socket;
    private bool _isAway;
    private int _successes;

    /// <summary>Sends every interval, and a last time when it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.Interval, time, cancellationToken);
                await SendAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await SendAsync(CancellationToken.None);
        }
        finally
        {
            _socket?.Dispose();
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var socket = await ConnectAsync(either.Token);
            foreach (var (text, guilds) in StatsdLines.Pack(Guilds(out var totals), MaxBytes))
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(text), either.Token);
                _undo = [.. guilds.Select(guild => (guild, _sent.GetValueOrDefault(guild)))];
                foreach (var guild in guilds)
                {
                    _sent[guild] = totals[guild];
                }
            }

            NoteSuccess();
        }
        catch (SocketException e)
        {
            if (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // The host tells it of the datagram before: its port was closed, so nobody has those counts.
                _undo.ForEach(guild => _sent[guild.Guild] = guild.Sent);
                _undo = [];
            }

            NoteAway(e.SocketErrorCode.ToString());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            NoteAway(nameof(SocketError.TimedOut));
        }
    }

    /// <summary>The socket of the last send while the host still has its address. Connected, so that a closed port is noticed.</summary>
    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(options.Host, cancellationToken);
        if (_socket?.RemoteEndPoint is IPEndPoint present && addresses.Contains(present.Address))
        {
            return _socket;
        }

        _socket?.Dispose();
        _socket = null;
        var address = addresses.FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(address, options.Port, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return _socket = socket;
    }

    private List<(Snowflake Guild, string Lines)> Guilds(out Dictionary<Snowflake, NewRows> totals)
    {
        var now = storage.Guilds.ToDictionary();
        totals = schemas.Keys.ToDictionary(guild => guild, guild => now.GetValueOrDefault(guild));
        var known = sizes.Latest;

        return [.. totals.Select(guild => (guild.Key, StatsdLines.Of(
            options.Namespace,
            schemas[guild.Key],
            guild.Value - _sent.GetValueOrDefault(guild.Key),
            known.TryGetValue(guild.Key, out var size) ? size : null)))];
    }

    /// <summary>A closed port refuses every second send, so that one success proves nothing.</summary>
    private void NoteSuccess()
    {
        _successes++;
        if (_isAway && _successes > 1)
        {
            LogReached(options.Host, options.Port);
            _isAway = false;
        }
    }

    private void NoteAway(string reason)
    {
        _successes = 0;
        if (!_isAway)
        {
            LogAway(options.Host, options.Port, reason);
        }

        _isAway = true;
    }

    [LoggerMessage(LogEvents.Export.StatsdAway, LogLevel.Warning,
        "StatsD at {Host}:{Port} cannot be reached ({Reason}). Collecting goes on; what is counted is sent when it is back. Look at Statsd:Host "
        + "and Statsd:Port")]
    private partial void LogAway(string host, int port, string reason);

    [LoggerMessage(LogEvents.Export.StatsdReached, LogLevel.Information, "StatsD at {Host}:{Port} is reached again")]
    private partial void LogReached(string host, int port);
}
