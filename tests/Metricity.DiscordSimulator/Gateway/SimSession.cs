namespace Metricity.DiscordSimulator;

/// <summary>A gateway session: its dispatches are numbered, and the newest kept for RESUME. Under the world's lock.</summary>
public sealed class SimSession
{
    private readonly Queue<SimDispatch> _buffer = new();

    internal SimSession(string id, int intents, (int Id, int Count) shard)
    {
        Id = id;
        Intents = intents;
        Shard = shard;
    }

    public string Id { get; }

    public int Intents { get; }

    public (int Id, int Count) Shard { get; }

    /// <summary>The last number given out.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The oldest dispatch that a RESUME can still get.</summary>
    public long OldestBuffered => _buffer.TryPeek(out var oldest) ? oldest.Sequence : LastSequence + 1;

    /// <summary>Null while the client is away.</summary>
    public SimConnection? Connection { get; internal set; }

    public DateTimeOffset? DisconnectedAt { get; internal set; }

    /// <summary>Forgotten by the server: RESUME gets op 9 false.</summary>
    public bool Dead { get; internal set; }

    internal SimDispatch Number(SimEvent item, int bufferSize)
    {
        var dispatch = new SimDispatch(++LastSequence, item);
        _buffer.Enqueue(dispatch);
        Trim(bufferSize);
        return dispatch;
    }

    internal void Trim(int bufferSize)
    {
        while (_buffer.Count > bufferSize)
        {
            _buffer.Dequeue();
        }
    }

    internal void Skip(int count)
    {
        LastSequence += count;
    }

    internal IEnumerable<SimDispatch> After(long sequence)
    {
        return _buffer.Where(dispatch => dispatch.Sequence > sequence);
    }

    internal bool Wants(SimEvent item)
    {
        return (item.Intents == SimIntents.Always || (item.Intents & Intents) != 0)
            && (item.GuildId == 0 ? Shard.Id == 0 : (int)((item.GuildId >> 22) % (ulong)Shard.Count) == Shard.Id);
    }
}

/// <summary>An event with its number in one session.</summary>
internal readonly record struct SimDispatch(long Sequence, SimEvent Event);
