namespace Metricity.Rest;

/// <summary>Who goes first when requests wait for a rate limit. Order within one priority is by arrival.</summary>
internal enum RestPriority
{
    /// <summary>Something live waits for the answer: an unknown thread of a message, the start of a session.</summary>
    Live = 0,

    /// <summary>History and re-checks: goes when nothing live wants to.</summary>
    Background = 1,
}
