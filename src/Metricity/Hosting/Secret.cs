namespace Metricity.Hosting;

/// <summary>A token or connection string. Prints as <c>***</c>, so that no log or error can show it by accident.</summary>
internal sealed class Secret(string value)
{
    /// <summary>The thing itself: for the one call that needs it.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
