namespace Metricity.DiscordSimulator.Seed;

/// <summary>What newcomers write in their first hour, what the spam waves write, and the odd message in a quiet channel.</summary>
internal static class SeedNewcomers
{
    public static IReadOnlyList<SeedDraft> Drafts(GuildSeedOptions options, SeedRhythm rhythm, SeedPlaces places, SeedMembers members)
    {
        var random = new Random(options.Seed + 4);
        var drafts = new List<SeedDraft>();
        var spammers = members.Spammers.ToHashSet();
        for (var member = 0; member < members.Count; member++)
        {
            if (spammers.Contains(member))
            {
                AddSpam(member);
            }
            else if (members.IsNewcomer(member) && random.Chance(0.35))
            {
                AddFirstWords(member);
            }
        }

        foreach (var channel in places.Quiet.Where(_ => random.Chance(0.6)))
        {
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = rhythm.Moment(random);
                Add(at, members.Writer(random, at, places.IsStaff(channel)), channel, DraftKind.Plain);
            }
        }

        return drafts;

        void AddSpam(int member)
        {
            var targets = Enumerable.Range(0, random.Next(5, 14))
                .Select(_ => places.ChooseUsed(random, members.JoinedAt(member), byStaff: false)).ToArray();
            var at = members.JoinedAt(member) + random.NextInt64(3 * SeedClock.Minute);
            for (var i = random.Next(10, 40); i > 0; i--)
            {
                Add(at, member, targets[i % targets.Length], DraftKind.Spam);
                at += SeedClock.Second + random.NextInt64(80 * SeedClock.Second);
            }
        }

        void AddFirstWords(int member)
        {
            var at = members.JoinedAt(member) + (long)random.LogNormal(20 * SeedClock.Minute, 1.4);
            var channel = places.ChooseUsed(random, at, byStaff: false);
            for (var i = random.Geometric(3); i > 0; i--)
            {
                Add(at, member, channel, DraftKind.Plain);
                at += SeedClock.Second + (long)random.LogNormal(90 * SeedClock.Second, 1);
                channel = random.Chance(0.2) ? places.ChooseUsed(random, at, byStaff: false) : channel;
            }
        }

        void Add(long at, int author, int channel, DraftKind kind)
        {
            if (rhythm.IsCollected(at) && members.IsInGuild(author, at) && places.IsThere(channel, at))
            {
                drafts.Add(new SeedDraft(at, author, channel, -1, kind));
            }
        }
    }
}
