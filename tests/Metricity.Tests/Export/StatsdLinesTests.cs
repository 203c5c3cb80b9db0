using Metricity.Events;
using Metricity.Export;
using Metricity.Tables;

namespace Metricity.Tests.Export;

public sealed class StatsdLinesTests
{
    [Fact]
    public void Guild_has_five_lines_under_the_name_of_its_schema()
    {
        Assert.Equal(
            """
            metricity.public.messages:12|c
            metricity.public.joins:3|c
            metricity.public.leaves:1|c
            metricity.public.members:4321|g
            metricity.public.threads_open:7|g
            """,
            StatsdLines.Of("metricity", "public", new NewRows(12, 3, 1), new GuildSize(4321, 7)));
    }

    [Fact]
    public void Gauge_that_was_never_counted_is_left_out()
    {
        Assert.DoesNotContain("|g", StatsdLines.Of("metricity", "public", default, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Guild-One_2", "guild-one_2")]
    [InlineData("a.b:c|d é", "a_b_c_d__")]
    public void Schema_becomes_one_part_of_a_name(string schema, string expected)
    {
        Assert.Equal(expected, StatsdLines.Part(schema));
    }

    [Fact]
    public void Datagrams_hold_whole_guilds_and_no_more_than_their_bound()
    {
        var longest = StatsdLines.Of(new string('n', 64), new string('s', 63), new NewRows(long.MaxValue, long.MaxValue, long.MaxValue),
            new GuildSize(long.MaxValue, long.MaxValue));
        Assert.InRange(longest.Length, 1, 1432);
        var guilds = Enumerable.Range(1, 100).Select(id => (new Snowflake((ulong)id), id % 7 == 0 ? longest : "metricity.public.joins:1|c"));

        var datagrams = StatsdLines.Pack(guilds, 1432).ToList();

        Assert.All(datagrams, datagram => Assert.InRange(datagram.Text.Length, 1, 1432));
        Assert.Equal(Enumerable.Range(1, 100).Select(id => (ulong)id), datagrams.SelectMany(datagram => datagram.Guilds).Select(id => id.Value));
        Assert.Equal(86 + (14 * 5), datagrams.Sum(datagram => datagram.Text.Split('\n').Length));
    }
}
