namespace Metricity.DiscordSimulator.Seed;

/// <summary>
/// All messages in the order of their time, made as they are asked for: what was drafted before (threads, newcomers, spam), and for the
/// rest of each hour conversations, in which a few members write several messages in a row.
/// </summary>
internal sealed class SeedChatter(
    GuildSeedOptions options, SeedRhythm rhythm, SeedPlaces places, SeedMembers members, SeedThreads threads, IReadOnlyList<SeedDraft> drafts)
{
    private const double ConversationLength = 18;

    private readonly SeedDraft[] _drafts = Sorted(drafts, options.Messages);

    public IEnumerable<SeedMessage> Messages()
    {
        var random = new Random(options.Seed + 5);
        var chat = options.Messages - _drafts.Length;
        var hour = new List<SeedDraft>();
        var next = 0;
        var lastAt = 0L;
        var low = 0;
        for (var i = 0; i < rhythm.Hours; i++)
        {
            hour.Clear();
            var end = rhythm.HourStart(i + 1);
            for (; next < _drafts.Length && _drafts[next].At < end; next++)
            {
                hour.Add(_drafts[next]);
            }

            Converse(i, rhythm.CountBefore(i + 1, chat) - rhythm.CountBefore(i, chat), random, hour);
            hour.Sort(InOrder);
            foreach (var draft in hour)
            {
                low = draft.At == lastAt ? low + 1 : 0;
                lastAt = draft.At;

                yield return Finish(draft, low, random);
            }
        }
    }

    /// <summary>Drafts that are more than all messages are thinned out evenly.</summary>
    private static SeedDraft[] Sorted(IReadOnlyList<SeedDraft> drafts, long most)
    {
        var kept = drafts.Count <= most ? drafts.ToArray()
            : [.. drafts.Where((_, i) => (i + 1) * most / drafts.Count > i * most / drafts.Count)];
        Array.Sort(kept, InOrder);

        return kept;
    }

    /// <summary>Whole order, so that the same drafts always come out in the same one.</summary>
    private static int InOrder(SeedDraft one, SeedDraft other) =>
        one.At != other.At ? one.At.CompareTo(other.At)
        : one.Author != other.Author ? one.Author.CompareTo(other.Author)
        : one.Channel != other.Channel ? one.Channel.CompareTo(other.Channel)
        : one.Thread != other.Thread ? one.Thread.CompareTo(other.Thread)
        : one.Kind.CompareTo(other.Kind);

    private void Converse(int hour, long count, Random random, List<SeedDraft> into)
    {
        var end = Math.Min(rhythm.HourStart(hour + 1), rhythm.Until);
        Span<int> people = stackalloc int[6];
        while (count > 0)
        {
            var at = rhythm.MomentIn(hour, random);
            var channel = Begin(at, random, people, out var size);
            var speaker = 0;
            var kind = DraftKind.Plain;
            for (var left = random.Geometric(ConversationLength); left > 0 && count > 0 && at < end && rhythm.IsCollected(at); left--)
            {
                if (members.IsInGuild(people[speaker], at) && places.IsThere(channel, at))
                {
                    into.Add(new SeedDraft(at, people[speaker], channel, -1, kind));
                    count--;
                }

                at += SeedClock.Second + (long)random.Exponential(25 * SeedClock.Second);
                kind = DraftKind.Plain;
                if (size > 1 && random.Chance(0.45))
                {
                    speaker = (speaker + 1 + random.Next(size - 1)) % size;
                    kind = random.Chance(0.4) ? DraftKind.Reply : DraftKind.Plain;
                }
            }
        }
    }

    /// <summary>Where, and who takes part: rather those who like the channel.</summary>
    private int Begin(long at, Random random, Span<int> people, out int size)
    {
        people[0] = members.Writer(random, at, staffOnly: false);
        var isStaff = members.IsStaff(people[0]);
        var channel = members.Favourite(people[0], random);
        if (random.Chance(0.25) || !places.IsUsed(channel, at, isStaff))
        {
            channel = places.ChooseUsed(random, at, isStaff);
        }

        var staffOnly = places.IsStaff(channel) || places.Type(channel) == "news";
        size = random.Next(1, people.Length + 1);
        for (var i = 1; i < size; i++)
        {
            for (var attempt = 0; attempt < 5; attempt++)
            {
                people[i] = members.Writer(random, at, staffOnly);
                if (members.Likes(people[i], channel))
                {
                    break;
                }
            }
        }

        return channel;
    }

    private SeedMessage Finish(SeedDraft draft, int low, Random random)
    {
        var isSpam = draft.Kind == DraftKind.Spam;
        var deleted = SeedClock.Never;
        if (random.Chance(isSpam ? 0.9 : 0.012))
        {
            deleted = draft.At + SeedClock.Second + (isSpam
                ? random.NextInt64(30 * SeedClock.Minute)
                : (long)Math.Min(random.LogNormal(4 * SeedClock.Minute, 2), 400 * SeedClock.Day));
        }

        var edited = random.Chance(0.04) ? draft.At + SeedClock.Second + (long)random.LogNormal(40 * SeedClock.Second, 1.2) : SeedClock.Never;
        var gap = rhythm.GapAt(deleted);
        var isDeleted = deleted < rhythm.Until && gap is not { IsHealed: false };
        var isEdited = edited < rhythm.Until && edited < deleted && rhythm.IsCollected(edited);
        var thread = draft.Thread < 0 ? null : threads.Rows[draft.Thread];

        return new SeedMessage(
            draft.Kind == DraftKind.Starter ? thread!.Id : SeedClock.Id(draft.At, low),
            places.Id(draft.Channel),
            thread?.Id,
            members.Id(draft.Author),
            SeedClock.ToTime(draft.At),
            draft.Kind == DraftKind.Reply ? 19 : 0,
            isEdited ? SeedClock.ToTime(edited) : null,
            isDeleted,
            isDeleted && gap is null ? SeedClock.ToTime(deleted) : null);
    }
}
