namespace Metricity.Gateway;

/// <summary>What lies between two dispatches of a session that follow each other.</summary>
internal enum LogBreak
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The first dispatch after a RESUME was asked for: the program was offline, and Discord replays what it missed.</summary>
    Offline,

    /// <summary>Sequences are left out: events are lost that no RESUME brings back.</summary>
    Missing,
}
