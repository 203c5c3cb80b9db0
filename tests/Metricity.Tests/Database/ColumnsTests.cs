using Metricity.Database;
using Metricity.Tables;

namespace Metricity.Tests.Database;

public sealed class ColumnsTests
{
    [Fact]
    public void Ordinary_text_is_the_same_string()
    {
        var text = new string('ä', 1_000);

        Assert.Same(text, text.ToColumn());
    }

    [Fact]
    public void Nul_characters_are_left_out()
    {
        Assert.Equal("ab", "a\0b\0".ToColumn());
        Assert.Equal("", "\0".ToColumn());
    }

    [Fact]
    public void Half_surrogate_pairs_become_the_replacement_character()
    {
        Assert.Equal("a\ufffdb", "a\ud83db".ToColumn());
        Assert.Equal("\ufffd", "\ude00".ToColumn());
        Assert.Equal("\U0001F600", "\U0001F600".ToColumn());
    }

    [Fact]
    public void Long_text_is_cut_between_characters()
    {
        var text = new string('x', 999) + "\U0001F600y";

        Assert.Equal(new string('x', 999), text.ToColumn());
    }

    [Fact]
    public void Flags_without_a_name_do_not_change_the_text()
    {
        Assert.Equal(PublicFlags.ToJson(1), PublicFlags.ToJson(1 | (1L << 23) | (1L << 50)));
        Assert.StartsWith("{\"staff\": true, \"partner\": false, ", PublicFlags.ToJson(1), StringComparison.Ordinal);
    }
}
