using System.Globalization;

namespace Metricity.DiscordSimulator;

/// <summary>
/// A guild's life of its own: people join, write, edit, delete, open and archive help threads, move channels. Seeded: the
/// same seed and number of steps on a standing clock give the same world. Thread safe; each step is one turn of the lock.
/// </summary>
public sealed partial class SimLife
{
    private const int Remembered = 400;

    private readonly SimGuild _guild;
    private readonly SimWorld _world;
    private readonly Random _random;
    private readonly (int Weight, Action Act)[] _acts;
    private readonly int _totalWeight;
    private readonly List<SimMessage> _recentMessages = [];
    private readonly List<SimThread> _recentThreads = [];
    private readonly Queue<SimHappening> _happenings = new();

    public SimLife(SimGuild guild, int? seed = null)
    {
        _guild = guild;
        _world = guild.World;
        _random = new Random(seed ?? _world.Options.Seed);
        _acts =
        [
            (500, Write), (150, WriteInThread), (80, Reply), (15, WriteAsBot), (55, Edit), (40, Delete), (3, BulkDelete),
            (40, Join), (22, Leave), (10, Rejoin), (8, ChangeRoles), (6, ChangeAvatar), (4, ChangeName), (5, ChangeNick),
            (14, OpenPost), (8, OpenThread), (6, OpenThreadFromMessage), (14, Archive), (6, Unarchive), (2, Lock), (3, RenameThread),
            (2, DeleteThread), (3, MoveChannel), (2, RenameChannel), (2, CreateChannel), (1, DeleteChannel),
        ];
        _totalWeight = _acts.Sum(act => act.Weight);
    }

    public long Steps { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>The last happenings, newest last: who did what where, never what was said.</summary>
    public IReadOnlyList<SimHappening> Happenings
    {
        get
        {
            lock (_world.Gate)
            {
                return [.. _happenings];
            }
        }
    }

    /// <summary>The world holds still from the return of this call on.</summary>
    public void Pause()
    {
        lock (_world.Gate)
        {
            IsPaused = true;
        }
    }

    public void Resume()
    {
        lock (_world.Gate)
        {
            IsPaused = false;
        }
    }

    /// <summary>One thing happens; now and then it makes several events.</summary>
    public void Step()
    {
        lock (_world.Gate)
        {
            Steps++;
            var pick = _random.Next(_totalWeight);
            foreach (var (weight, act) in _acts)
            {
                if ((pick -= weight) < 0)
                {
                    act();
                    return;
                }
            }
        }
    }

    /// <summary>Lives until cancelled, so many steps a second. While paused, time passes without steps.</summary>
    public async Task RunAsync(double stepsPerSecond, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), _world.Options.TimeProvider);
        var last = _world.Options.TimeProvider.GetTimestamp();
        var due = 0.0;
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var now = _world.Options.TimeProvider.GetTimestamp();
                due += _world.Options.TimeProvider.GetElapsedTime(last, now).TotalSeconds * stepsPerSecond;
                last = now;
                for (; due >= 1; due--)
                {
                    StepUnlessPaused();
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private void StepUnlessPaused()
    {
        lock (_world.Gate)
        {
            if (!IsPaused)
            {
                Step();
            }
        }
    }

    private void Tell(FormattableString text)
    {
        _happenings.Enqueue(new SimHappening(_world.Now, text.ToString(CultureInfo.InvariantCulture)));
        while (_happenings.Count > 50)
        {
            _happenings.Dequeue();
        }
    }

    private void Remember<T>(List<T> list, T item)
    {
        if (list.Count < Remembered)
        {
            list.Add(item);
        }
        else
        {
            list[_random.Next(Remembered)] = item;
        }
    }

    private T? Pick<T>(IReadOnlyList<T> list)
        where T : class
    {
        return list.Count == 0 ? null : list[_random.Next(list.Count)];
    }

    /// <summary>Someone present who is no bot; a newcomer when there is nobody.</summary>
    private SimMember Person()
    {
        var members = _guild.MemberList;
        for (var i = 0; i < 20; i++)
        {
            if (members[_random.Next(members.Count)] is { InGuild: true, User.Bot: false } member)
            {
                return member;
            }
        }

        return _guild.Owner;
    }

    /// <summary>A channel people write in; the first ones are by far the busiest.</summary>
    private SimChannel? TalkChannel(Func<SimChannel, bool>? filter = null)
    {
        var channels = _guild.ChannelList;
        for (var i = 0; i < 20 && channels.Count > 0; i++)
        {
            var x = _random.NextDouble();
            var channel = channels[(int)(x * x * channels.Count)];
            if (!channel.Deleted && (filter ?? IsForTalk)(channel))
            {
                return channel;
            }
        }

        return null;
    }

    private static bool IsForTalk(SimChannel channel)
    {
        return channel.Type is SimChannelType.Text or SimChannelType.Announcement or SimChannelType.Voice;
    }

    private SimThread? SomeThread(bool archived)
    {
        for (var i = 0; i < 10; i++)
        {
            if (Pick(_recentThreads) is { Deleted: false, Parent.Deleted: false } thread && thread.Archived == archived)
            {
                return thread;
            }
        }

        return null;
    }

    private SimMessage? SomeMessage()
    {
        for (var i = 0; i < 10; i++)
        {
            if (Pick(_recentMessages) is { IsDeleted: false, Channel.Deleted: false } message
                && message.Channel is not SimThread { Parent.Deleted: true })
            {
                return message;
            }
        }

        return null;
    }
}

/// <summary>A short text for a live view.</summary>
public sealed record SimHappening(DateTimeOffset At, string Text);
