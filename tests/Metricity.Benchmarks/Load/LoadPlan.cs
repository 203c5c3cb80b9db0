using System.Globalization;

namespace Metricity.Benchmarks.Load;

/// <summary>
/// The guild that sends the messages and who writes which one: the same for the server that sends them and for the statement that is driven
/// directly. Every message is in a thread, so that each row has all three foreign keys to check; a few authors write most of them.
/// </summary>
internal static class LoadPlan
{
    public const ulong GuildId = 267_624_335_836_053_506;
    public const int Channels = 50;
    public const int Threads = 200;
    public const int Authors = 2_000;

    /// <summary>READY's sequence. Large, so that all sequences of a run have the same number of digits.</summary>
    public const long ReadySequence = 10_000_000;
    public const long GuildSequence = ReadySequence + 1;

    /// <summary>
    /// How many messages in a row one author writes in one thread, as people do. With 5, a message begins a new hour of an author in a channel
    /// as often as in the seeded guild; with 1, nearly every one does, which is the hardest for the roll-ups.
    /// </summary>
    public static int Burst { get; set; } = 5;

    private const ulong FirstChannel = 380_000_000_000_000_000;
    private const ulong FirstThread = 1_180_000_000_000_000_000;
    private const ulong FirstAuthor = 210_000_000_000_000_000;
    private const ulong FirstMessage = 1_290_000_000_000_000_000;

    /// <summary>A millisecond: the lower 22 bits of an id tell those of the same millisecond apart.</summary>
    private const ulong Step = 1UL << 22;

    /// <summary>Milliseconds from one message to the next by their ids: 600 in an hour, as in the seeded guild.</summary>
    private const ulong Spacing = 6_000;

    public static long SequenceOf(int message) => GuildSequence + 1 + message;

    public static ulong MessageId(int message) => FirstMessage + ((ulong)message * Step * Spacing);

    public static ulong ChannelId(int channel) => FirstChannel + ((ulong)channel * Step * 86_400_000);

    public static ulong ThreadId(int thread) => FirstThread + ((ulong)thread * Step * 3_600_000);

    public static ulong AuthorId(int author) => FirstAuthor + ((ulong)author * Step * 7_200_000);

    public static int ParentOf(int thread) => thread % Channels;

    public static int ThreadOf(int message) => (int)(Mix(message / Burst) % Threads);

    public static int AuthorOf(int message)
    {
        var part = (Mix((message / Burst) + 1_000_000_000) >> 8) % 1_000_000 / 1_000_000.0;

        return (int)(part * part * Authors);
    }

    public static string Text(ulong id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>A well-mixed number of its own for each input (the finalizer of SplitMix64).</summary>
    public static ulong Mix(int value)
    {
        var mixed = (ulong)value * 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;

        return mixed ^ (mixed >> 31);
    }
}
