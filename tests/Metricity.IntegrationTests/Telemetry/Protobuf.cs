using System.Buffers.Binary;
using System.Text;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>Reads single fields of a protobuf message (protobuf.dev, "Encoding"). What is no such message is an error.</summary>
internal static class Protobuf
{
    /// <summary>The values of a field that is a message, bytes or text.</summary>
    public static IEnumerable<byte[]> Messages(byte[] message, int field) =>
        Fields(message).Where(found => found.Number == field && found.Type == 2).Select(found => found.Value);

    public static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Messages(message, field).Single());

    /// <summary>A fixed64.</summary>
    public static ulong Fixed(byte[] message, int field) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Fields(message).Single(found => found.Number == field && found.Type == 1).Value);

    private static IEnumerable<(int Number, int Type, byte[] Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var type = (int)(tag & 7);
            var length = type switch
            {
                0 => VarintLength(message, at),
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                _ => throw new InvalidDataException($"wire type {type}"),
            };
            yield return ((int)(tag >> 3), type, message[at..(at + length)]);
            at += length;
        }
    }

    private static int VarintLength(byte[] message, int at)
    {
        var end = at;
        Varint(message, ref end);

        return end - at;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
