using System.Text;

namespace Metricity.Tests.Events;

public sealed class AllocationTests
{
    [Fact]
    public void Message_of_a_known_author_allocates_under_200_bytes()
    {
        const int Rounds = 2000;
        var payloads = Enumerable.Range(0, 50)
            .Select(i => Examples.MessageJson
                .Replace("0000000010\"", $"00000{10000 + i}\"", StringComparison.Ordinal)
                .Replace("\"ann\"", $"\"ann{i}\"", StringComparison.Ordinal)
                .Replace("\"content\":\"\"", $"\"content\":\"{new string('x', 4000)}\"", StringComparison.Ordinal))
            .Select(Encoding.UTF8.GetBytes)
            .ToArray();
        var decoder = Examples.NewDecoder();
        foreach (var payload in payloads)
        {
            decoder.Decode("MESSAGE_CREATE", payload);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            decoder.Decode("MESSAGE_CREATE", payloads[i % payloads.Length]);
        }

        var perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
        Assert.InRange(perMessage, 1, 199);
    }

    [Fact]
    public void Event_that_is_not_kept_allocates_nothing()
    {
        var payload = Encoding.UTF8.GetBytes(Examples.MessageJson);
        var decoder = Examples.NewDecoder();
        decoder.Decode("TYPING_START", payload);

        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Decode("TYPING_START", payload);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
