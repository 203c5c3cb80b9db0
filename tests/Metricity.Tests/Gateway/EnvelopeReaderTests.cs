using System.Text;
using Metricity.Gateway;

namespace Metricity.Tests.Gateway;

public sealed class EnvelopeReaderTests
{
    [Theory]
    [InlineData("""{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"a":[1,"}"]}}""")]
    [InlineData("""{"op":0,"t":"MESSAGE_CREATE","s":7,"d":{"a":[1,"}"]}}""")]
    [InlineData("""{"d":{"a":[1,"}"]},"op":0,"s":7,"t":"MESSAGE_CREATE"}""")]
    [InlineData("""{"op":0,"d":{"a":[1,"}"]},"x":{"s":1,"op":9},"s":7,"t":"MESSAGE_CREATE"}""")]
    [InlineData("""  { "t" : "MESSAGE_CREATE" , "s" : 7 , "op" : 0 , "d" : {"a":[1,"}"]}}   """)]
    public void Dispatch_is_read_with_keys_in_any_order(string json)
    {
        foreach (var single in new[] { true, false })
        {
            var bytes = Encoding.UTF8.GetBytes(json);

            var envelope = EnvelopeReader.Read(bytes, single);

            Assert.Equal(EnvelopeState.Whole, envelope.State);
            Assert.Equal(0, envelope.Op);
            Assert.Equal(7, envelope.Sequence);
            Assert.Equal("MESSAGE_CREATE", envelope.Type);
            Assert.Equal("""{"a":[1,"}"]}""", Encoding.UTF8.GetString(bytes[envelope.Data]));
        }
    }

    [Fact]
    public void Known_type_is_the_interned_string_and_unknown_type_is_kept()
    {
        var known = EnvelopeReader.Read("""{"t":"READY","s":1,"op":0,"d":{}}"""u8, single: true);
        var unknown = EnvelopeReader.Read("""{"t":"BRAND_NEW","s":1,"op":0,"d":{}}"""u8, single: true);

        Assert.Same(DispatchTypes.Ready, known.Type);
        Assert.Equal("BRAND_NEW", unknown.Type);
    }

    [Fact]
    public void Absurdly_long_type_reads_as_empty_so_that_its_sequence_still_counts()
    {
        var json = Encoding.UTF8.GetBytes(
            """{"t":"LONG","s":5,"op":0,"d":{}}""".Replace("LONG", new string('X', 1000), StringComparison.Ordinal));

        var envelope = EnvelopeReader.Read(json, single: true);

        Assert.Equal((EnvelopeState.Whole, 5L, ""), (envelope.State, envelope.Sequence, envelope.Type));
    }

    [Theory]
    [InlineData("""{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}""", 10, """{"heartbeat_interval":41250}""")]
    [InlineData("""{"op":11}""", 11, "")]
    [InlineData("""{"t":null,"s":null,"op":9,"d":true}""", 9, "true")]
    [InlineData("""{"t":null,"s":null,"op":7,"d":null}""", 7, "null")]
    public void Control_payload_gives_its_op_and_data(string json, int op, string data)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        var envelope = EnvelopeReader.Read(bytes, single: true);

        Assert.Equal((EnvelopeState.Whole, op), (envelope.State, envelope.Op));
        Assert.Equal(data, Encoding.UTF8.GetString(bytes[envelope.Data]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("garbage")]
    [InlineData("[1,2]")]
    [InlineData("{}")]
    [InlineData("""{"t":"X","s":1,"d":{}}""")]
    [InlineData("""{"t":"X","op":0,"d":{}}""")]
    [InlineData("""{"t":"X","s":null,"op":0,"d":{}}""")]
    [InlineData("""{"t":"X","s":-4,"op":0,"d":{}}""")]
    [InlineData("""{"t":"X","s":"1","op":0,"d":{}}""")]
    [InlineData("""{"t":"X","s":99999999999999999999,"op":0,"d":{}}""")]
    [InlineData("""{"t":"X","s":1,"op":"0","d":{}}""")]
    [InlineData("""{"t":"X","s":1""")]
    [InlineData("""{"d":{"a":1""")]
    public void Payload_without_a_usable_envelope_is_unusable(string json)
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(json), single: true);

        Assert.Equal(EnvelopeState.Unusable, envelope.State);
        Assert.Equal(Encoding.UTF8.GetByteCount(json), envelope.Consumed);
    }

    [Fact]
    public void Type_that_is_not_utf8_is_unusable()
    {
        byte[] json = [.. "{\"t\":\""u8, 0xFF, 0xFE, .. "\",\"s\":1,\"op\":0,\"d\":{}}"u8];

        Assert.Equal(EnvelopeState.Unusable, EnvelopeReader.Read(json, single: true).State);
    }

    [Theory]
    [InlineData("""{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"id":"1""", true)]
    [InlineData("""{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"id":"1""", false)]
    [InlineData("""{"t":"MESSAGE_CREATE","s":7,"op":0,"d":""", true)]
    public void Truncated_data_is_given_as_it_is_so_that_the_sequence_counts(string json, bool one)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        var envelope = EnvelopeReader.Read(bytes, one);

        Assert.Equal((EnvelopeState.BrokenData, 7L, "MESSAGE_CREATE"), (envelope.State, envelope.Sequence, envelope.Type));
        Assert.EndsWith(Encoding.UTF8.GetString(bytes[envelope.Data]), json, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_payloads_in_one_are_read_one_after_the_other()
    {
        ReadOnlyMemory<byte> both = Encoding.UTF8.GetBytes("""{"t":"A","s":1,"op":0,"d":{}}  {"t":"B","s":2,"op":0,"d":[]} """);

        var first = EnvelopeReader.Read(both.Span, single: false);
        var rest = EnvelopeReader.TrimStart(both[first.Consumed..]);
        var second = EnvelopeReader.Read(rest.Span, single: false);

        Assert.Equal(("A", 1L), (first.Type, first.Sequence));
        Assert.Equal(("B", 2L), (second.Type, second.Sequence));
        Assert.True(EnvelopeReader.TrimStart(rest[second.Consumed..]).IsEmpty);
    }

    [Fact]
    public void Reading_a_known_dispatch_allocates_nothing()
    {
        var json = """{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"id":"1","content":""}}"""u8.ToArray();
        var total = 0L;
        for (var i = 0; i < 100; i++)
        {
            total += EnvelopeReader.Read(json, single: true).Sequence;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            total += EnvelopeReader.Read(json, single: true).Sequence;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100 * 7, total);
    }
}
