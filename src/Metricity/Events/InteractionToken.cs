namespace Metricity.Events;

/// <summary>Lets its holder answer an interaction for 15 minutes. Prints as <c>***</c>, so that no log or error can show it by accident.</summary>
internal sealed class InteractionToken(string value)
{
    /// <summary>The thing itself: for the one call that needs it.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
