using Metricity.DiscordSimulator;

namespace Metricity.Benchmarks;

/// <summary>
/// What goes on in a guild while its history is fetched: new messages, old and new ones edited and deleted, archived threads taken up again.
/// </summary>
internal sealed class LiveTraffic
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly SimGuild _guild;
    private readonly Random _random;
    private readonly List<SimChannel> _places;
    private readonly IReadOnlyList<SimThread> _threads;
    private readonly IReadOnlyList<SimMember> _members;
    private readonly List<SimMessage> _messages;

    public LiveTraffic(SimGuild guild, int seed)
    {
        _guild = guild;
        _random = new Random(seed);
        _places = [.. guild.Channels.Where(channel => channel.Type is not (SimChannelType.Forum or SimChannelType.Media))];
        _threads = guild.Threads;
        _members = guild.Members;
        _messages = [.. guild.Channels.Concat(_threads).SelectMany(channel => channel.Messages)];
    }

    /// <summary>Things that happened.</summary>
    public int Count { get; private set; }

    /// <summary>Twenty things a second, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Act();
                Count++;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private void Act()
    {
        switch (_random.Next(10))
        {
            case 0:
                _guild.DeleteMessage(Any(_messages));
                break;
            case 1 when Any(_messages) is { IsDeleted: false } message:
                _guild.EditMessage(message);
                break;
            case 2 when _threads.Count > 0:
                _messages.Add(_guild.PostMessage(Any(_threads), Any(_members)));
                break;
            case 3 when _threads.Count > 0:
                _guild.ArchiveThread(Any(_threads));
                break;
            default:
                _messages.Add(_guild.PostMessage(Any(_places), Any(_members)));
                break;
        }
    }

    private T Any<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
