namespace Metricity.Chaos;

/// <summary>Faults of one lane fall one after the other; lanes run beside each other.</summary>
internal enum Lane
{
    Process,
    Database,
    Gateway,
    Rest,
    Guild,
}

/// <summary>One kind of fault.</summary>
/// <param name="Weight">How often it comes in each round of its lane.</param>
/// <param name="FallAsync">
/// Lets it happen and takes it back. False when there was nothing for it to act upon: then it is not counted. All of its choices come from
/// the given random numbers. When the token is cancelled it takes itself back at once.
/// </param>
/// <param name="LosesEvents">Discord cannot give the events of that time again.</param>
internal sealed record Fault(
    Lane Lane, string Name, int Weight, Func<Bed, Random, CancellationToken, Task<bool>> FallAsync, bool LosesEvents = false);
