using Metricity.Events;

namespace Metricity.Tests.Events;

public sealed class ChannelTypeTests
{
    [Theory]
    [InlineData(0, "text")]
    [InlineData(1, "private")]
    [InlineData(2, "voice")]
    [InlineData(3, "group")]
    [InlineData(4, "category")]
    [InlineData(5, "news")]
    [InlineData(10, "news_thread")]
    [InlineData(11, "public_thread")]
    [InlineData(12, "private_thread")]
    [InlineData(13, "stage_voice")]
    [InlineData(14, "unknown_14")]
    [InlineData(15, "forum")]
    [InlineData(16, "media")]
    [InlineData(99, "unknown_99")]
    public void Name_is_the_one_that_the_original_stored(int type, string name)
    {
        Assert.Equal(name, new ChannelType(type).Name);
    }

    [Fact]
    public void Threads_are_10_to_12_and_categories_4()
    {
        Assert.Equal([10, 11, 12], Enumerable.Range(0, 20).Where(type => new ChannelType(type).IsThread));
        Assert.Equal([4], Enumerable.Range(0, 20).Where(type => new ChannelType(type).IsCategory));
    }
}
