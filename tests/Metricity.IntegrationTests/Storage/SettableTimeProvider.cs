namespace Metricity.IntegrationTests.Storage;

/// <summary>A clock that stands still until the test moves it.</summary>
internal sealed class SettableTimeProvider(DateTime start) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(start);

    public override DateTimeOffset GetUtcNow() => Now;
}
