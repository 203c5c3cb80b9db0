using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

/// <summary>
/// Broken payloads by the thousand, the same in every run: nothing but a <see cref="MalformedPayloadException"/> may come out.
/// </summary>
public sealed class FuzzTests
{
    private const int Seed = 20240601;
    private const int MutationsPerEvent = 3000;

    public static TheoryData<string> EventNames => [.. Examples.ByEvent.Keys];

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Payload_cut_off_anywhere_is_malformed(string type)
    {
        var payload = Encoding.UTF8.GetBytes(Examples.ByEvent[type].TrimEnd());
        var decoder = Examples.NewDecoder();

        for (var length = 1; length < payload.Length; length++)
        {
            var cut = payload[..length];

            var malformed = Assert.Throws<MalformedPayloadException>(() => decoder.Decode(type, cut));
            Assert.Equal($"{type}.json", malformed.Field);
        }
    }

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Payload_with_random_changes_is_read_or_malformed(string type)
    {
        var random = new Random(Seed);
        var payload = Encoding.UTF8.GetBytes(Examples.ByEvent[type]);
        var decoder = Examples.NewDecoder();
        var (read, malformed) = (0, 0);

        for (var i = 0; i < MutationsPerEvent; i++)
        {
            var mutated = Mutate(payload, random);
            try
            {
                decoder.Decode(type, mutated);
                read++;
            }
            catch (MalformedPayloadException)
            {
                malformed++;
            }
        }

        Assert.True(read > 0 && malformed > 0, $"{read} read, {malformed} malformed: the changes are too strong or too weak");
    }

    [Fact]
    public void Reader_that_went_through_garbage_reads_the_next_payload_as_ever()
    {
        var random = new Random(Seed);
        var payload = Encoding.UTF8.GetBytes(Examples.GuildJson);
        var decoder = Examples.NewDecoder();
        var expected = Assert.IsType<GuildAvailable>(decoder.Decode("GUILD_CREATE", payload));

        for (var i = 0; i < 200; i++)
        {
            try
            {
                decoder.Decode("GUILD_CREATE", Mutate(payload, random));
            }
            catch (MalformedPayloadException)
            {
                // Either is fine here; what counts is the payload after it.
            }

            var guild = Assert.IsType<GuildAvailable>(decoder.Decode("GUILD_CREATE", payload));
            Assert.Equal(expected.Channels, guild.Channels);
            Assert.Equal(expected.Members, guild.Members);
            Assert.Equal(0, guild.SkippedElements);
        }
    }

    /// <summary>One to three changes: a byte set, a stretch removed, doubled, or a token of JSON put in its place.</summary>
    private static byte[] Mutate(byte[] payload, Random random)
    {
        string[] tokens =
        [
            "null", "true", "{", "}", "[", "]", "{}", "[]", "\"", ",", ":", "1e999", "-1", "18446744073709551616", "\\ud800", "\"\\ud800\"",
        ];
        List<byte> bytes = [.. payload];
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(length, 4));
                    bytes.InsertRange(at, Encoding.ASCII.GetBytes(tokens[random.Next(tokens.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }
}
