using System.Text.RegularExpressions;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>The metrics of the program itself, over HTTP, in both formats, against the README's list.</summary>
public sealed partial class ScrapeTests
{
    /// <summary>What does not change while a program runs undisturbed as this one does.</summary>
    private static readonly string[] Constant =
    [
        "metricity_build_info", "metricity_queue_capacity_events", "metricity_queue_capacity_bytes", "metricity_database_up",
        "process_start_time_seconds",
    ];

    /// <summary>Counted once a minute, as <see cref="Export.GuildFiguresTests"/> holds: here the next start's count moves them.</summary>
    private static readonly string[] Sizes = ["metricity_guild_members", "metricity_guild_threads_open"];

    [Fact]
    public async Task Metrics_of_a_run_are_those_of_the_readme_and_each_moves()
    {
        await using var bed = await ProcessBed.CreateAsync(ProcessBed.Options(heartbeatSeconds: 0.5));
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Environment["Discord__Compression"] = "none";
        bed.Environment["Collect__QueueCapacity"] = "100";
        bed.Environment["Collect__BatchSize"] = "100";
        bed.Guild.Populate(categories: 2, channels: 5, threads: 3, members: 20);
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        var moved = new Movement();
        await NoteAsync(moved, watcher); // before anything happens, or a counter that rises once would seem to stand still
        var living = LiveAsync(bed, process, () => NoteAsync(moved, watcher));
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await NoteAsync(moved, watcher);

                    return living.IsCompleted && !moved.Still.Except(Constant).Except(Sizes).Any();
                },
                "every metric moves",
                TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"did not move: {string.Join(", ", moved.Still.Except(Constant).Except(Sizes))}");
        }

        await living;
        var documented = Documented();
        var text = await watcher.ScrapeAsync();
        var open = await watcher.ScrapeOpenMetricsAsync();
        Assert.Equal(documented.Keys.Order(StringComparer.Ordinal), text.Types.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(text.Types.OrderBy(pair => pair.Key), open.Types.OrderBy(pair => pair.Key));
        Assert.All(
            documented, row => Assert.Equal($"{row.Value.Type} {row.Value.Labels}", $"{text.Types[row.Key]} {text.LabelsOf(row.Key)}"));
        Assert.EndsWith("# EOF\n", open.Text, StringComparison.Ordinal);
        AssertNothingOfTheGuild(bed, text.Text + open.Text + (await watcher.AskAsync("/health/ready")).Body);
        Assert.Equal(0, await process.TerminateAsync());

        using var next = await Watcher.OfAsync(bed.Start("run"));
        await Eventually.TrueAsync(
            async () =>
            {
                await NoteAsync(moved, next);

                return !moved.Still.Intersect(Sizes).Any();
            },
            $"{string.Join(" and ", Sizes)} move",
            MetricityProcess.Limit);
    }

    [Fact]
    public async Task Metrics_have_an_address_of_their_own_where_that_is_set()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Environment["Http__MetricsUrl"] = "http://127.0.0.2:0";
        var process = bed.Start("run");
        using var health = await Watcher.OfAsync(process, "Health at ");
        await process.WaitForLineAsync("Metrics at ");

        Assert.Equal(404, (await health.AskAsync("/metrics")).Status);
        Assert.Equal(200, (await health.AskAsync("/health/live")).Status);
    }

    /// <summary>Something of everything: life, and every kind of trouble that has a counter of its own.</summary>
    /// <param name="note">Scrapes, for what is over again soon.</param>
    private static async Task LiveAsync(ProcessBed bed, MetricityProcess process, Func<Task> note)
    {
        var channel = bed.Guild.Channels[0];
        var thread = bed.Guild.AddThread(channel, "a question");
        bed.Guild.RemoveMember(bed.Guild.AddMember("passer-by"));
        bed.Guild.AddMember("newcomer");
        bed.Guild.PostMessage(thread);

        // The database refuses for a while, and a row for good.
        await bed.Database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise 'no' using errcode = tg_argv[0]; end $$;
            create trigger refuse before insert on messages for each row execute function refuse('40001')
            """);
        for (var i = 0; i < 500; i++)
        {
            bed.Guild.PostMessage(channel);
        }

        await process.WaitForLineAsync("The database did not take a batch");
        await note();
        await bed.Database.ExecuteAsync(
            """
            drop trigger refuse on messages;
            create trigger refuse before insert on messages for each row execute function refuse('23514')
            """);
        await AllIsCommittedAsync(bed);
        await bed.Database.ExecuteAsync("drop trigger refuse on messages");

        // Discord sends nonsense, asks to wait, fails, leaves out events, and forgets the session.
        bed.Simulator.Gateway.SendRaw("{\"op\":0,\"t\":\"MESSAGE_CREATE\"");
        bed.Simulator.Gateway.SendDispatch("MESSAGE_CREATE", $$"""{"id":{},"guild_id":"{{bed.Guild.Id}}"}""");
        bed.Simulator.Rest.RateLimitNext("user", TimeSpan.FromMilliseconds(100), "channels/{id}/messages");
        bed.Simulator.Rest.Fail("channels/{id}/messages", 502, times: 3);
        bed.Guild.PostMessage(channel);
        bed.Simulator.Gateway.SkipSequence(2);
        bed.Guild.PostMessage(channel);
        await AllIsCommittedAsync(bed); // or the session may be forgotten before the jump was seen
        bed.Simulator.Gateway.SendReconnect();
        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);
        bed.Simulator.Gateway.NextResume(DiscordSimulator.SimReply.InvalidSession(resumable: false));
        await bed.Simulator.Gateway.AbortAllAsync();
        await bed.Simulator.Gateway.WaitForIdentifyAsync(2, MetricityProcess.Limit);
    }

    private static Task AllIsCommittedAsync(ProcessBed bed) => Eventually.TrueAsync(
        async () => await bed.PositionAsync() == bed.Simulator.Gateway.LastSequence, "all is committed", MetricityProcess.Limit);

    private static async Task NoteAsync(Movement moved, Watcher watcher) => moved.Note(await watcher.ScrapeAsync());

    private static void AssertNothingOfTheGuild(ProcessBed bed, string text)
    {
        string[] secrets =
        [
            MetricityProcess.Token, MetricityProcess.Password, bed.Database.Name, $"{bed.Guild.Id}",
            .. bed.Guild.Channels.Select(channel => $"{channel.Id}"), .. bed.Guild.Members.Select(member => $"{member.Id}"),
        ];
        string[] names =
        [
            bed.Guild.Name, .. bed.Guild.Channels.Select(channel => channel.Name), .. bed.Guild.Members.Select(member => member.User.Username),
        ];

        Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.All(names, name => Assert.DoesNotContain($"\"{name}\"", text, StringComparison.Ordinal));
    }

    /// <summary>The README's table: name to type and labels.</summary>
    private static Dictionary<string, (string Type, string Labels)> Documented() => Row().Matches(Repository.Read("README.md"))
        .ToDictionary(
            row => row.Groups["name"].Value,
            row => (
                row.Groups["type"].Value,
                string.Join(',', row.Groups["labels"].Value.Split(", ").Order(StringComparer.Ordinal))));

    [GeneratedRegex(
        "^\\| `(?<name>(metricity|process|dotnet)_\\w+)(\\{(?<labels>[^}]*)\\})?` \\| (?<type>gauge|counter|histogram) \\|",
        RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>Which families were seen with different values.</summary>
    private sealed class Movement
    {
        private readonly Dictionary<string, string> _first = new(StringComparer.Ordinal);
        private readonly HashSet<string> _moved = new(StringComparer.Ordinal);

        public IReadOnlyList<string> Still
        {
            get
            {
                lock (_first)
                {
                    return [.. Documented().Keys.Except(_moved)];
                }
            }
        }

        public void Note(Scrape scrape)
        {
            lock (_first)
            {
                NoteLocked(scrape);
            }
        }

        private void NoteLocked(Scrape scrape)
        {
            foreach (var family in scrape.Types.Keys)
            {
                var values = string.Join(' ', scrape.Values
                    .Where(pair => pair.Key == family || pair.Key.StartsWith(family + "{", StringComparison.Ordinal)
                        || pair.Key.StartsWith(family + "_count", StringComparison.Ordinal))
                    .OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"));
                if (!_first.TryAdd(family, values) && _first[family] != values)
                {
                    _moved.Add(family);
                }
            }
        }
    }
}
