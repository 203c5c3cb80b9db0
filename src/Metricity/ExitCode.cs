namespace Metricity;

/// <summary>What the process tells its caller. The numbers are a contract: scripts and orchestrators rely on them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong settings or usage.</summary>
    public const int Usage = 2;

    /// <summary>The database cannot be used: unreachable, wrong password, wrong schema, no rights.</summary>
    public const int Database = 3;

    /// <summary>Discord refuses: token, intents, guild.</summary>
    public const int Discord = 4;
}
