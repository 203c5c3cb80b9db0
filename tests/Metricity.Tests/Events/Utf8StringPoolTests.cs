using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

public sealed class Utf8StringPoolTests
{
    [Fact]
    public void Same_bytes_give_the_same_string()
    {
        var pool = new Utf8StringPool();

        Assert.Same(pool.Get("añn"u8), pool.Get("añn"u8));
        Assert.Equal("", pool.Get(""u8));
    }

    [Fact]
    public void String_too_long_for_the_pool_is_right_all_the_same()
    {
        var text = string.Concat(Enumerable.Repeat("é", 33));

        Assert.Equal(text, new Utf8StringPool().Get(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Far_more_strings_than_places_stay_right()
    {
        var pool = new Utf8StringPool();

        for (var i = 0; i < 100_000; i++)
        {
            var text = $"user {i % 30_000}";
            Assert.Equal(text, pool.Get(Encoding.UTF8.GetBytes(text)));
        }
    }

    [Fact]
    public async Task Several_threads_get_the_right_strings()
    {
        var pool = new Utf8StringPool();

        var wrong = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 50_000).Select(i => $"user {i % 20_000}").Count(text => pool.Get(Encoding.UTF8.GetBytes(text)) != text))));

        Assert.Equal(0, wrong.Sum());
    }
}
