namespace Metricity.Testing;

/// <summary>
/// How much of a test runs that can go on for longer. The usual form, run for every change, meets each rule once; the nightly workflow's
/// goes on for as long as an outage or a series of kills may take.
/// </summary>
public static class TestLength
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("METRICITY_TEST_LONG") == "1";

    public static T Of<T>(T usual, T nightly) => IsLong ? nightly : usual;
}
