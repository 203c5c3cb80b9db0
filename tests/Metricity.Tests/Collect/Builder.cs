using Metricity.Collect;
using Metricity.Events;
using Microsoft.Extensions.Logging.Testing;

namespace Metricity.Tests.Collect;

/// <summary>
/// A change set builder with what it needs: an invented guild that knows channel 100 (no category), channel 110 in category 10,
/// and thread 200 in channel 100; category 10 is a staff category, category 20 an ignored one with channel 120.
/// </summary>
internal sealed class Builder
{
    private readonly ChangeSetBuilder _builder;

    public Builder(bool collectBots = false, params IEnumerable<int> standIns)
    {
        Directory = new ChannelTree(Some.GuildId);
        Directory.Categories.UnionWith([Some.Id(10), Some.Id(20)]);
        Directory.Channels[Some.Id(100)] = null;
        Directory.Channels[Some.Id(110)] = Some.Id(10);
        Directory.Channels[Some.Id(120)] = Some.Id(20);
        Directory.Threads[Some.Id(200)] = Some.Id(100);
        Directory.StandIns.UnionWith(standIns.Select(Some.Id));
        var rules = new CollectRules(
            Some.GuildId,
            new HashSet<Snowflake> { Some.Id(10) },
            new HashSet<Snowflake> { Some.Id(130) },
            new HashSet<Snowflake> { Some.Id(20) },
            collectBots);
        _builder = new ChangeSetBuilder(rules, Directory, new FakeLogger<ChangeSetBuilder>(Log));
    }

    public ChannelTree Directory { get; }

    public FakeLogCollector Log { get; } = new();

    /// <summary>What the events since the start, or since <see cref="NextBatch"/>, have merged into.</summary>
    public ChangeSet Changes { get; private set; } = new(Some.GuildId);

    public ChangeSet Apply(params IEnumerable<GuildEvent> events)
    {
        foreach (var @event in events)
        {
            _builder.Apply(@event, Some.At, Changes);
        }

        return Changes;
    }

    public void NextBatch() => Changes = new ChangeSet(Some.GuildId);
}
