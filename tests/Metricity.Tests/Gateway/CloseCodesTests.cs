using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class CloseCodesTests
{
    [Theory]
    [InlineData(null, "Resume")]
    [InlineData(1000, "Resume")]
    [InlineData(1001, "Resume")]
    [InlineData(1006, "Resume")]
    [InlineData(4000, "Resume")]
    [InlineData(4001, "Identify")]
    [InlineData(4002, "Resume")]
    [InlineData(4003, "Identify")]
    [InlineData(4004, "Refuse")]
    [InlineData(4005, "Identify")]
    [InlineData(4006, "Identify")]
    [InlineData(4007, "Identify")]
    [InlineData(4008, "Resume")]
    [InlineData(4009, "Identify")]
    [InlineData(4010, "Refuse")]
    [InlineData(4011, "Refuse")]
    [InlineData(4012, "Refuse")]
    [InlineData(4013, "Refuse")]
    [InlineData(4014, "Refuse")]
    [InlineData(4015, "Resume")]
    [InlineData(4999, "Resume")]
    [InlineData(1011, "Resume")]
    public void Close_code_has_the_action_of_the_table(int? code, string action)
    {
        Assert.Equal(action, CloseCodes.ActionFor(code).ToString());
    }

    [Theory]
    [InlineData(4004, "Discord:Token")]
    [InlineData(4014, "Server Members Intent")]
    [InlineData(4010, "shard")]
    [InlineData(4011, "shard")]
    [InlineData(4012, "update")]
    [InlineData(4013, "update")]
    public void Fatal_code_has_a_sentence_that_names_the_way_out(int code, string mentions)
    {
        Assert.Contains(mentions, CloseCodes.RefusalFor(code), StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_close_keeps_the_session()
    {
        Assert.InRange(CloseCodes.KeepSession, 3000, 4999);
    }
}
