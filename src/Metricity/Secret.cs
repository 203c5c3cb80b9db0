namespace Metricity;

/// <summary>
/// A token, a connection string, or whatever else opens a door. Prints as <c>***</c>, so that no log, error or debugger view can show it by
/// accident.
/// </summary>
internal sealed class Secret(string value)
{
    /// <summary>The thing itself: for the one call that needs it.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
